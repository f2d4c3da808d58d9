//! From a report to the alarms that it gives reason for.

use greenlane_selection::CapState;
use greenlane_store::RateAlarm;
use greenlane_terms::{Office, RateStage};

use super::report::{ALPHA, KeptCap, Realised, Report};
use super::shown::{AlarmAbout, AlarmShown, CapShown, RateShown};

/// Alarms of a year's report: caps that are broken, and draws that cannot have been made at the rates that were set.
pub(super) fn alarms(report: &Report, year: i32) -> Vec<RateAlarm> {
    let broken = report.caps.iter().filter(|cap| cap.state == CapState::Breached);
    let incredible = report.rates.iter().filter(|rate| !rate.draws.is_credible(ALPHA));
    broken.map(|cap| of_cap(cap, year)).chain(incredible.map(|rate| of_rate(rate, year))).collect()
}

fn of_cap(cap: &KeptCap, year: i32) -> RateAlarm {
    let shown = AlarmShown {
        alarm: AlarmAbout::Cap,
        year,
        cap: Some(CapShown::of(cap)),
        rate: None,
        abandoned: None,
    };
    let what = [&cap.measure, cap.class.as_deref().unwrap_or("all goods")];
    alarm("cap", (year, cap.office, cap.stage), what, &shown)
}

fn of_rate(rate: &Realised, year: i32) -> RateAlarm {
    let shown = AlarmShown {
        alarm: AlarmAbout::Rate,
        year,
        cap: None,
        rate: Some(RateShown::of(rate)),
        abandoned: None,
    };
    alarm("rate", (year, rate.office, rate.stage), [&rate.level, &rate.class], &shown)
}

fn alarm(
    about: &str,
    (year, office, stage): (i32, Option<Office>, RateStage),
    what: [&str; 2],
    shown: &AlarmShown,
) -> RateAlarm {
    let place = office.map_or_else(|| "all".to_owned(), |office| office.to_string());
    let what = what.map(|text| if text.is_empty() { "other" } else { text }).join("/");
    let name = format!("{year}/{place}/{about}/{}/{what}", stage.name());
    RateAlarm { name, year, office, body: shown.written() }
}
