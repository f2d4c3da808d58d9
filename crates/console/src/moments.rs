//! Times for people: China Standard Time, and how far away.

use greenlane_terms::Language;
use greenlane_terms::time::{DAY_US, HOUR_US};
use jiff::Timestamp;
use jiff::tz::{TimeZone, offset};
use maud::{Markup, html};

const MINUTE_US: i64 = 60 * 1_000_000;

/// Day, hour and minute in China Standard Time, with the whole instant for machines.
pub(super) fn moment(at_us: i64) -> Markup {
    written(at_us, "%Y-%m-%d %H:%M")
}

fn written(at_us: i64, form: &str) -> Markup {
    let Ok(at) = Timestamp::from_microsecond(at_us) else { return html! { (untold(at_us)) } };
    let china = TimeZone::fixed(offset(8)).to_datetime(at);
    html! { time datetime=(at.to_string()) { (china.strftime(form).to_string()) } }
}

/// The day in China Standard Time, with its year: for what is long ago or far away.
pub(super) fn day_of(at_us: i64) -> String {
    let at = Timestamp::from_microsecond(at_us);
    at.map_or_else(|_| untold(at_us), |at| TimeZone::fixed(offset(8)).to_datetime(at).date().to_string())
}

/// An instant that no calendar has: its number.
fn untold(at_us: i64) -> String {
    format!("{at_us} µs")
}

/// How long it is: "3 h", "2 天".
pub(super) fn span(language: Language, span_us: i64) -> String {
    let span = span_us.max(0);
    let (number, zh, en) = match span {
        ..HOUR_US => (span / MINUTE_US, "分钟", "min"),
        HOUR_US..DAY_US => (span / HOUR_US, "小时", "h"),
        _ => (span / DAY_US, "天", "d"),
    };
    format!("{number} {}", language.say(zh, en))
}

/// When something is due: how much time is left, or how late it is.
pub(super) fn due(language: Language, due_us: i64, now_us: i64) -> Markup {
    let left = due_us - now_us;
    let length = span(language, left.abs());
    html! {
        @if left < 0 {
            span."badge"."bg-red-lt" { (language.say("逾期 ", "late by ")) (length) }
        } @else {
            span { (language.say("剩余 ", "")) (length) (language.say("", " left")) }
        }
        " "
        // So near, or so late, that the year is not in doubt.
        span."text-secondary" { (written(due_us, "%m-%d %H:%M")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_said_in_its_largest_unit() {
        for (us, zh, en) in [
            (0, "0 分钟", "0 min"),
            (HOUR_US - 1, "59 分钟", "59 min"),
            (HOUR_US, "1 小时", "1 h"),
            (DAY_US - 1, "23 小时", "23 h"),
            (DAY_US, "1 天", "1 d"),
            (-5, "0 分钟", "0 min"),
        ] {
            assert_eq!((span(Language::Zh, us).as_str(), span(Language::En, us).as_str()), (zh, en));
        }
    }

    #[test]
    fn moments_are_those_of_beijing() {
        let shown = moment(1_709_136_000_000_000).into_string();
        assert_eq!(shown, "<time datetime=\"2024-02-28T16:00:00Z\">2024-02-29 00:00</time>");
        assert_eq!(day_of(1_709_136_000_000_000), "2024-02-29");
        assert_eq!(day_of(1_709_135_999_999_999), "2024-02-28");
        let late = due(Language::En, 0, HOUR_US).into_string();
        assert!(late.contains("late by 1 h"), "{late}");
        assert!(due(Language::Zh, HOUR_US, 0).into_string().contains("剩余 1 小时"));
    }
}
