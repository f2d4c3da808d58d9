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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Problem;

    #[test]
    fn an_instant_a_day_and_an_office_are_read_or_the_words_say_what_was_expected() {
        assert_eq!(instant("as_of", "1970-01-01T08:00:01+08:00").unwrap(), 1_000_000);
        let wrong = instant("as_of", "soon").unwrap_err();
        assert_eq!((wrong.problem(), wrong.fields()), (Problem::BadRequest, vec!["as_of".to_owned()]));
        assert!(wrong.detail().starts_with("`as_of` is `soon`, expected an instant"), "{}", wrong.detail());

        let leap_day = Day::parse("2024-02-29").unwrap();
        assert_eq!(day("on", "2024-02-29").unwrap(), leap_day);
        assert_eq!(day_in("on", "2024-02-29"), Ok(leap_day));
        let wrong = "`on` is `2025-02-29`, expected a day such as 2024-08-30";
        assert_eq!(day_in("on", "2025-02-29"), Err(wrong.to_owned()));
        let refused = day("on", "2025-02-29").unwrap_err();
        assert_eq!((refused.problem(), refused.detail()), (Problem::BadRequest, wrong));

        assert_eq!(office_of("0022").unwrap().to_string(), "0022");
        let wrong = office_of("22").unwrap_err();
        assert_eq!(
            (wrong.problem(), wrong.detail()),
            (Problem::Fields, "`office` is `22`, expected four digits")
        );
    }

    #[test]
    fn a_ground_has_1_to_2000_characters_without_the_blanks_around_it() {
        let most = "由".repeat(2_000);
        for (text, ground) in
            [("x", Some("x")), (" a b\n", Some("a b")), (&format!(" {most} "), Some(&most[..]))]
        {
            assert_eq!(ground_of(text).ok().as_deref(), ground, "{text}");
        }
        for text in ["", " \t\n", &format!("{most}x")] {
            let wrong = ground_of(text).unwrap_err();
            assert_eq!((wrong.problem(), wrong.fields()), (Problem::Fields, vec!["ground".to_owned()]));
        }
    }
}
