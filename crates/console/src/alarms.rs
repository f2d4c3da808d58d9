//! What is no longer as the law has it: alarms that realised rates have raised.

use greenlane_desk::NotDone;
use greenlane_desk::actions::tasks::of_caller as tasks_of;
use greenlane_desk::rates::AbandonedShown;
use greenlane_desk::rates::shown::{AlarmShown, CapShown, RateShown};
use greenlane_policy::pack::Pack;
use greenlane_store::RateFilter;
use greenlane_terms::Language;
use greenlane_transport::Service;
use maud::{Markup, html};

use super::moments::moment;
use super::names::{code_name, measure_title};
use super::reader::Reader;
use super::table::rows;

/// Alarms that are listed, the latest first.
const SHOWN: u32 = 20;

/// Alarms about matters of this year, at the offices that the reader sees; `None` if there are none.
pub(super) async fn alarms(
    service: &Service,
    reader: &Reader,
    pack: &Pack,
) -> Result<Option<Markup>, NotDone> {
    let filter = RateFilter {
        offices: tasks_of(&reader.caller)?.offices,
        year: Some(i32::from(reader.today().year())),
    };
    let found = service.reading().alarms(&filter, None, SHOWN).await?;
    if found.is_empty() {
        return Ok(None);
    }
    let language = reader.language;
    let what = |body: &[u8]| {
        let alarm: Option<AlarmShown> = serde_json::from_slice(body).ok();
        html! { @match alarm {
            Some(AlarmShown { cap: Some(cap), .. }) => (broken(language, pack, &cap)),
            Some(AlarmShown { rate: Some(rate), .. }) => (incredible(language, pack, &rate)),
            Some(AlarmShown { abandoned: Some(found), .. }) => (left(language, &found)),
            _ => strong."text-red" { (language.say("此条预警无法读取，请联系管理员。", "This alarm cannot be read: tell an administrator.")) },
        } }
    };
    Ok(Some(rows(&html! {
        @for (number, entry) in &found {
            tr data-alarm {
                td { (moment(entry.at_us)) }
                td { (what(&entry.body)) }
                td { a href={ "/v1/log/entries/" (number) "/receipt" } download={ "receipt-" (number) ".json" } { (language.say("条目 ", "entry ")) (number) } }
            }
        }
    })))
}

fn place(language: Language, office: Option<&str>) -> String {
    office.map_or_else(
        || language.say("各关区合计", "all offices together").to_owned(),
        |office| format!("{} {office}", language.say("关区", "office")),
    )
}

fn broken(language: Language, pack: &Pack, cap: &CapShown) -> Markup {
    html! {
        strong { (language.say("超过法定上限：", "A legal cap is broken: ")) }
        a."text-decoration-underline" href={ "/law/" (cap.measure) } { (measure_title(pack, &cap.measure, language)) }
        " · " (place(language, cap.office.as_deref()))
    }
}

fn incredible(language: Language, pack: &Pack, rate: &RateShown) -> Markup {
    html! {
        strong { (language.say("抽取结果与设定比率不符：", "Draws cannot have been made at the rate that was set: ")) }
        @match &rate.level {
            Some(level) => (code_name(pack, "credit_level", level, language)),
            None => (language.say("等级未知", "level not known")),
        }
        " · " (place(language, rate.office.as_deref()))
    }
}

fn left(language: Language, found: &AbandonedShown) -> Markup {
    let AbandonedShown { enterprise, selected, abandoned, .. } = found;
    html! {
        strong { (language.say("被抽中后不再办理：", "Selected matters are abandoned: ")) }
        a."text-decoration-underline" href={ "/enterprises/" (enterprise) } { (enterprise) }
        " · " (place(language, Some(&found.office))) " · "
        (match language {
            Language::Zh => format!("90 天内抽中 {selected} 票，其中 {abandoned} 票未到场或者已撤销"),
            Language::En => format!("{abandoned} of {selected} selected in 90 days withdrawn or overdue"),
        })
    }
}
