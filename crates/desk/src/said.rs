//! What people say in words: a day, an instant, an office, a ground.

use greenlane_terms::Office;
use greenlane_terms::calendar::Day;
use greenlane_terms::time;

use crate::not_done::NotDone;

/// An instant in microseconds since 1970-01-01 UTC.
///
/// # Errors
/// It is none; the words say what was expected.
pub fn instant(parameter: &str, text: &str) -> Result<i64, NotDone> {
    let expected =
        "expected an instant such as 2024-08-30T09:00:00+08:00, or a day, which stands for its end";
    time::instant(text).ok_or_else(|| NotDone::bad_request(format!("`{parameter}` is `{text}`, {expected}")))
}

/// A day, or what is wrong with a field or parameter that should be one.
///
/// # Errors
/// It is none; the words say what was expected.
pub fn day_in(name: &str, text: &str) -> Result<Day, String> {
    let wrong = || format!("`{name}` is `{text}`, expected a day such as 2024-08-30");
    Day::parse(text).ok_or_else(wrong)
}

/// A day that a parameter asks for.
///
/// # Errors
/// It is none; the words say what was expected.
pub fn day(parameter: &str, text: &str) -> Result<Day, NotDone> {
    day_in(parameter, text).map_err(NotDone::bad_request)
}

/// Why something is done, in 1 to 2000 characters.
///
/// # Errors
/// It is none; the words say what was expected.
pub fn ground_of(text: &str) -> Result<String, NotDone> {
    let ground = text.trim();
    let wrong = || NotDone::field("`ground` is expected to say why, in 1 to 2000 characters");
    (1..=2_000).contains(&ground.chars().count()).then(|| ground.to_owned()).ok_or_else(wrong)
}

/// A customs office.
///
/// # Errors
/// It is none; the words say what was expected.
pub fn office_of(text: &str) -> Result<Office, NotDone> {
    let wrong = || NotDone::field(format!("`office` is `{text}`, expected four digits"));
    Office::parse(text).ok_or_else(wrong)
}
