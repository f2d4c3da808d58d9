//! Ids in their one form, so that two ways of writing an id are one matter, one draw and one enterprise.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

use crate::identifiers::{AeoCode, CustomsCode, Uscc, canonical_enterprise};

/// Longest id, in bytes.
const ID_LIMIT: usize = 256;

/// Characters that are drawn as nothing, whatever their category (Unicode: `Default_Ignorable_Code_Point`), and the blank
/// of Braille.
const BLANK: [(char, char); 14] = [
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{2800}', '\u{2800}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e0fff}'),
];

/// An id in its one form: NFKC, without space around it, with single blanks inside. Case stays.
///
/// # Errors
/// It is empty, longer than 256 bytes, or holds a character that cannot be seen; the words say which.
pub fn canonical_id(text: &str) -> Result<Cow<'_, str>, String> {
    if text.len() <= ID_LIMIT && !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(Cow::Borrowed(text));
    }
    // So that nobody makes it work for long.
    if text.len() > 4 * ID_LIMIT {
        return Err(too_long());
    }
    // What is seen has to be judged before and after: normalisation makes visible characters of some, and others of visible ones.
    visible(text)?;
    let normal: String = text.nfkc().collect();
    visible(&normal)?;
    let mut words = normal.split_whitespace();
    let mut id = words.next().unwrap_or_default().to_owned();
    for word in words {
        id.push(' ');
        id.push_str(word);
    }
    match id.len() {
        0 => Err("is empty, expected a non-empty text".to_owned()),
        length if length > ID_LIMIT => Err(too_long()),
        _ if id == text => Ok(Cow::Borrowed(text)),
        _ => Ok(Cow::Owned(id)),
    }
}

fn too_long() -> String {
    format!("is longer than {ID_LIMIT} bytes, expected an identifier")
}

fn visible(text: &str) -> Result<(), String> {
    match text.chars().find(|character| is_invisible(*character)) {
        None => Ok(()),
        Some(character) => {
            let what =
                if character.is_control() { "the control character" } else { "an invisible character," };
            Err(format!("holds {what} U+{:04X}, expected an identifier", u32::from(character)))
        }
    }
}

fn is_invisible(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_control();
    }
    let is_blank = BLANK.iter().any(|(first, last)| (*first..=*last).contains(&character));
    is_blank
        || matches!(
            character.general_category(),
            GeneralCategory::Control
                | GeneralCategory::Format
                | GeneralCategory::LineSeparator
                | GeneralCategory::ParagraphSeparator
                | GeneralCategory::PrivateUse
                | GeneralCategory::Unassigned
        )
}

/// [`canonical_id`] of an enterprise: a customs code, USCC or Chinese AEO code in small letters gets its capitals.
///
/// # Errors
/// As [`canonical_id`].
pub fn canonical_party(text: &str) -> Result<Cow<'_, str>, String> {
    let id = canonical_id(text)?;
    if !matches!(id.len(), 10 | 12 | 15 | 18) || !id.bytes().any(|byte| byte.is_ascii_lowercase()) {
        return Ok(id);
    }
    let capital = id.to_ascii_uppercase();
    let is_code = match capital.len() {
        10 => capital.parse::<CustomsCode>().is_ok(),
        18 => capital.parse::<Uscc>().is_ok(),
        _ => capital.parse::<AeoCode>().is_ok_and(|code| code.country() == "CN"),
    };
    Ok(if is_code { Cow::Owned(capital) } else { id })
}

/// The one form in which an enterprise is kept and found: [`canonical_party`], and the customs code of a Chinese AEO code.
///
/// # Errors
/// As [`canonical_id`].
pub fn enterprise_form(text: &str) -> Result<Cow<'_, str>, String> {
    Ok(match canonical_party(text)? {
        Cow::Borrowed(id) => Cow::Borrowed(canonical_enterprise(id)),
        Cow::Owned(id) => Cow::Owned(canonical_enterprise(&id).to_owned()),
    })
}

/// The id of a declaration or of one of its goods items: [`canonical_id`] in capitals.
///
/// # Errors
/// As [`canonical_id`].
pub fn canonical_declaration(text: &str) -> Result<String, String> {
    canonical_id(text).map(|id| in_capitals(&id))
}

/// A canonical id in capitals, which may be a few bytes longer. It never fails: an id that stayed as it was written would be
/// a second id, with a draw of its own.
pub(crate) fn in_capitals(id: &str) -> String {
    if id.is_ascii() {
        return id.to_ascii_uppercase();
    }
    id.to_uppercase().nfkc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_length_keeps_an_id_of_a_declaration_from_its_capitals() {
        // Each letter is two bytes, and four in capitals: with its capitals the id is beyond the limit of what is written.
        let written = |first: char| format!("{first}{}", "\u{390}".repeat((ID_LIMIT - 1) / 2));
        let [small, capital] = ['a', 'A'].map(|first| canonical_declaration(&written(first)).unwrap());
        assert!(small == capital && small.len() > ID_LIMIT, "{small}");
    }

    fn check(text: &str, expected: Result<&str, &str>) {
        let found = canonical_id(text);
        match (&found, expected) {
            (Ok(id), Ok(expected)) => assert_eq!(id, expected, "{text:?}"),
            (Err(reason), Err(part)) => assert!(reason.contains(part), "{text:?}: {reason}"),
            _ => panic!("{text:?}: {found:?}"),
        }
    }

    #[test]
    fn every_way_to_write_an_id_is_one_id() {
        for written in [
            "530120260000000002",
            " 530120260000000002",
            "530120260000000002\u{a0}",
            "\u{3000}530120260000000002 ",
            "５３０１２０２６０００００００００２",
            "𝟓𝟑𝟎𝟏20260000000002",
        ] {
            check(written, Ok("530120260000000002"));
        }
        check("A\u{a0} \u{2003}B", Ok("A B"));
        check("报关单 1", Ok("报关单 1"));
        check("e\u{301}", Ok("\u{e9}"));
    }

    #[test]
    fn what_cannot_be_seen_is_refused_by_its_number() {
        for (character, name) in [
            ('\u{200b}', "U+200B"),
            ('\u{2060}', "U+2060"),
            ('\u{feff}', "U+FEFF"),
            ('\u{ad}', "U+00AD"),
            ('\u{3164}', "U+3164"),
            ('\u{2800}', "U+2800"),
            ('\u{e0041}', "U+E0041"),
            ('\u{fe0f}', "U+FE0F"),
            ('\u{202e}', "U+202E"),
            ('\u{2028}', "U+2028"),
            ('\u{e000}', "U+E000"),
            ('\u{0}', "U+0000"),
            ('\u{7f}', "U+007F"),
            ('\t', "U+0009"),
        ] {
            check(&format!("A{character}1"), Err(name));
        }
        check("", Err("is empty"));
        check(" \u{3000}", Err("is empty"));
        check(&"x".repeat(257), Err("longer than 256"));
        check(&"x".repeat(256), Ok(&"x".repeat(256)));
    }

    #[test]
    fn a_form_is_its_own_form() {
        for text in ["Å", "ﬁ", "㈱ A", "ǆ", "ß 1", "½", "ＡＢ　Ｃ"] {
            let once = canonical_id(text).unwrap().into_owned();
            assert_eq!(canonical_id(&once).unwrap(), once);
            let capital = canonical_declaration(text).unwrap();
            assert_eq!(canonical_declaration(&capital).unwrap(), capital);
        }
    }

    #[test]
    fn codes_of_enterprises_have_capitals_and_names_stay() {
        for (text, expected) in [
            ("91350100m000100y43", "91350100M000100Y43"),
            ("aeocn310191001a", "AEOCN310191001A"),
            (" ３１０１９１００１２ ", "3101910012"),
            ("Wang & Sons", "Wang & Sons"),
            ("producer", "producer"),
        ] {
            assert_eq!(canonical_party(text).unwrap(), expected);
        }
    }
}
