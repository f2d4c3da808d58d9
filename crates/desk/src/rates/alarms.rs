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

#[cfg(test)]
mod tests {
    use greenlane_policy::pack::Cap;
    use greenlane_selection::DrawCounts;
    use serde_json::{Value, json};

    use super::*;

    fn counts(trials: u64, selected: u64, always: u64) -> DrawCounts {
        DrawCounts {
            trials,
            selected,
            expected: trials * 50_000_000,
            always,
            ordered: always,
            ..DrawCounts::default()
        }
    }

    fn cap(office: Option<u16>, class: Option<&str>, state: CapState) -> KeptCap {
        KeptCap {
            office: office.map(|number| Office::of_number(number).unwrap()),
            measure: "1".to_owned(),
            stage: RateStage::Sampling,
            class: class.map(str::to_owned),
            against: "regular".to_owned(),
            cap: Cap { most: 2_000, is_strict: true, article: "一".to_owned() },
            favoured: counts(100, 20, 0),
            others: counts(200, 50, 0),
            state,
        }
    }

    fn rate(office: Option<u16>, class: &str, level: &str, draws: DrawCounts) -> Realised {
        let office = office.map(|number| Office::of_number(number).unwrap());
        Realised {
            office,
            stage: RateStage::Inspection,
            class: class.to_owned(),
            level: level.to_owned(),
            draws,
        }
    }

    fn body(alarm: &RateAlarm) -> Value {
        serde_json::from_slice(&alarm.body).unwrap()
    }

    #[test]
    fn only_what_is_broken_or_not_credible_is_an_alarm_and_each_has_a_name_of_its_own() {
        let impossible = DrawCounts { never: 5, impossible: 1, ..DrawCounts::default() };
        let report = Report {
            rates: vec![
                rate(None, "", "regular", counts(1_000, 50, 0)),
                rate(Some(5301), "", "", counts(10_000, 5_000, 0)),
                rate(None, "food", "advanced", impossible),
            ],
            caps: vec![
                cap(None, Some("food"), CapState::Breached),
                cap(Some(5301), None, CapState::Breached),
                cap(Some(5301), Some(""), CapState::Breached),
                cap(Some(2201), None, CapState::Open),
                cap(Some(3101), None, CapState::Held),
            ],
        };
        let raised = alarms(&report, 2024);
        let names: Vec<&str> = raised.iter().map(|alarm| alarm.name.as_str()).collect();
        let expected = [
            "2024/all/cap/sampling/1/food",
            "2024/5301/cap/sampling/1/all goods",
            "2024/5301/cap/sampling/1/other",
            "2024/5301/rate/inspection/other/other",
            "2024/all/rate/inspection/advanced/food",
        ];
        assert_eq!(names, expected);
        assert!(raised.iter().all(|alarm| alarm.year == 2024));
        let offices: Vec<_> =
            raised.iter().map(|alarm| alarm.office.map(|office| office.to_string())).collect();
        assert_eq!(
            offices,
            [None, Some("5301".to_owned()), Some("5301".to_owned()), Some("5301".to_owned()), None]
        );
        let of_cap = body(&raised[0]);
        assert_eq!(
            (&of_cap["alarm"], &of_cap["year"], of_cap.get("rate")),
            (&json!("cap"), &json!(2024), None)
        );
        let shown = &of_cap["cap"];
        assert_eq!(
            (&shown["office"], &shown["class"], &shown["share"], &shown["article"]),
            (&Value::Null, &json!("food"), &json!("0.20"), &json!("一"))
        );
        assert_eq!(
            (&shown["state"], &shown["is_strict"], &shown["against"]),
            (&json!("broken"), &json!(true), &json!("regular"))
        );
        assert_eq!((&shown["favoured"]["draws"], &shown["others"]["selected"]), (&json!(100), &json!(50)));
        assert_eq!(shown["ratio"], json!(0.2 / 0.25));
        let of_rate = body(&raised[3]);
        assert_eq!((&of_rate["alarm"], of_rate.get("cap")), (&json!("rate"), None));
        let shown = &of_rate["rate"];
        assert_eq!(
            (&shown["office"], &shown["level"], &shown["class"]),
            (&json!("5301"), &Value::Null, &Value::Null)
        );
        assert_eq!(
            (&shown["draws"], &shown["selected"], &shown["is_credible"]),
            (&json!(10_000), &json!(5_000), &json!(false))
        );
    }
}
