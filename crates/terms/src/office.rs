//! A customs office (关区): four digits that name it, kept as a number.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A customs office by its code, 0000 to 9999. In JSON it is a text of four digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Office(u16);

impl Office {
    /// 0000, which also stands for none where a matter names no office.
    pub const NONE: Office = Office(0);

    /// Reads `2201`; `None` unless the text is four ASCII digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Office> {
        let is_code = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_code { text.parse().ok().and_then(Office::of_number) } else { None }
    }

    /// The office whose code is this number with leading zeros; `None` above 9999.
    #[must_use]
    pub const fn of_number(number: u16) -> Option<Office> {
        if number <= 9_999 { Some(Office(number)) } else { None }
    }

    /// Its code as a number, 0 to 9999.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.0
    }
}

impl TryFrom<i64> for Office {
    type Error = NoOffice;

    /// From a coded fact or a column of a database.
    fn try_from(number: i64) -> Result<Office, NoOffice> {
        u16::try_from(number).ok().and_then(Office::of_number).ok_or(NoOffice(number))
    }
}

impl From<Office> for i64 {
    fn from(office: Office) -> i64 {
        i64::from(office.0)
    }
}

/// The number of no customs office.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoOffice(pub i64);

impl fmt::Display for NoOffice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is no customs office, expected 0 to 9999", self.0)
    }
}

impl std::error::Error for NoOffice {}

impl fmt::Display for Office {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.0)
    }
}

impl Serialize for Office {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Office {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Office, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong = || D::Error::custom(format!("`{text}` is no customs office, expected four digits"));
        Office::parse(&text).ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_office_is_four_ascii_digits_and_nothing_else() {
        for (text, number) in [("0000", 0), ("0022", 22), ("2201", 2201), ("9999", 9999)] {
            let office = Office::parse(text).unwrap();
            assert_eq!((office.number(), office.to_string().as_str()), (number, text));
        }
        for text in ["", "220", "22011", "22O1", "abcd", "+201", "-201", " 201", "２２０１", "２2", "10000"]
        {
            assert_eq!(Office::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_number_above_9999_or_below_0_is_no_office() {
        assert_eq!(Office::of_number(9_999).map(Office::number), Some(9_999));
        assert_eq!(Office::of_number(10_000), None);
        assert_eq!(Office::try_from(0).map(i64::from), Ok(0));
        for number in [-1, 10_000, 65_536 + 2_201, i64::MAX, i64::MIN] {
            assert_eq!(Office::try_from(number), Err(NoOffice(number)));
        }
    }

    #[test]
    fn an_office_is_a_text_of_four_digits_in_json() {
        let office = Office::parse("0022").unwrap();
        assert_eq!(serde_json::to_string(&office).unwrap(), "\"0022\"");
        assert_eq!(serde_json::from_str::<Office>("\"0022\"").unwrap(), office);
        for wrong in ["\"22\"", "22", "\"00220\"", "null"] {
            assert!(serde_json::from_str::<Office>(wrong).is_err(), "{wrong}");
        }
    }
}
