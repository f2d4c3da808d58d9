//! The day of a WCO date and time, in China Standard Time.

use greenlane_terms::calendar::Day;

use crate::values::day_of;

/// Minutes that China Standard Time is ahead of UTC.
const CHINA: i32 = 8 * 60;

/// Reads `20240125`, `202401250946`, `20240125094643`, each with or without a zone (`Z`, `+01`, `-0530`), and
/// `2024-01-25` with or without a time. Without a zone the day is the one that is written.
pub(super) fn day(text: &str) -> Option<Day> {
    let text = text.trim();
    let (moment, zone) = match text.char_indices().skip(11).find(|(_, c)| matches!(c, 'Z' | '+' | '-')) {
        Some((at, _)) => (&text[..at], Some(minutes_ahead(&text[at..])?)),
        None => match text.as_bytes().get(8) {
            Some(b'Z' | b'+') => (&text[..8], Some(minutes_ahead(&text[8..])?)),
            _ => (text, None),
        },
    };
    let is_mark = |c: &char| matches!(c, '-' | ':' | 'T' | ' ');
    let digits: Vec<i32> = moment
        .chars()
        .filter(|c| !is_mark(c))
        .map(|c| c.to_digit(10).and_then(|d| i32::try_from(d).ok()))
        .collect::<Option<_>>()?;
    if !matches!(digits.len(), 8 | 12 | 14) {
        return None;
    }
    let number = |from: usize, to: usize| digits[from..to].iter().fold(0, |n, d| n * 10 + d);
    let day = day_of(number(0, 4), number(4, 6), number(6, 8))?;
    if digits.len() == 8 {
        return Some(day);
    }
    let (hour, minute) = (number(8, 10), number(10, 12));
    if hour > 23 || minute > 59 || (digits.len() == 14 && number(12, 14) > 60) {
        return None;
    }
    let Some(ahead) = zone else { return Some(day) };
    let in_china = hour * 60 + minute - ahead + CHINA;
    Some(day.plus_days(in_china.div_euclid(24 * 60)))
}

/// Minutes that a zone is ahead of UTC.
fn minutes_ahead(zone: &str) -> Option<i32> {
    if zone == "Z" {
        return Some(0);
    }
    let (sign, rest) = zone.split_at_checked(1)?;
    let digits: String = rest.chars().filter(|&c| c != ':').collect();
    if !matches!(digits.len(), 2 | 4) || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let hours: i32 = digits[..2].parse().ok()?;
    let minutes: i32 = if digits.len() == 4 { digits[2..].parse().ok()? } else { 0 };
    let ahead = hours * 60 + minutes;
    (hours <= 14 && minutes < 60).then_some(if sign == "-" { -ahead } else { ahead })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_belongs_to_the_day_it_has_in_china() {
        for (text, expected) in [
            ("20240125", "2024-01-25"),
            ("20240125094643+01", "2024-01-25"),
            ("20240228160000Z", "2024-02-29"),
            ("20240228155959Z", "2024-02-28"),
            ("20241231200000+01", "2025-01-01"),
            ("20240125094643", "2024-01-25"),
            ("2024-01-25T23:00:00-05:30", "2024-01-26"),
            ("2024-01-25", "2024-01-25"),
            ("20240125Z", "2024-01-25"),
        ] {
            assert_eq!(day(text), Day::parse(expected), "{text}");
        }
        for bad in [
            "",
            "2024",
            "20230229",
            "20240125250000Z",
            "20240125094643+99",
            "yesterday, all day",
            "２０２４0125",
        ] {
            assert_eq!(day(bad), None, "{bad}");
        }
    }
}
