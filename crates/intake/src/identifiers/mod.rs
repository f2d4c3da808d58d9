//! Identifiers on customs papers, valid by construction: USCC, customs code, declaration number, AEO code.

use std::fmt;
use std::str::FromStr;

use greenlane_terms::Office;

/// A text that is not the identifier it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentifierError {
    /// Too short or too long.
    #[error("{kind} `{found}` has {length} characters, expected {expected}")]
    Length {
        /// Which identifier.
        kind: &'static str,
        /// What was found.
        found: String,
        /// Its characters.
        length: usize,
        /// How many there must be.
        expected: &'static str,
    },
    /// A character that may not stand there.
    #[error("{kind} `{found}`: `{character}` at place {place} is not allowed, expected {expected}")]
    Character {
        /// Which identifier.
        kind: &'static str,
        /// What was found.
        found: String,
        /// The first wrong character.
        character: char,
        /// Its place, from 1.
        place: usize,
        /// What may stand there.
        expected: &'static str,
    },
    /// The check character does not fit the others.
    #[error("{kind} `{found}`: check character `{character}`, expected `{expected}`")]
    Check {
        /// Which identifier.
        kind: &'static str,
        /// What was found.
        found: String,
        /// The check character that was found.
        character: char,
        /// The one that fits.
        expected: char,
    },
}

/// Cuts what is quoted in an error, so that no input makes it long.
fn quoted(text: &str) -> String {
    text.chars().take(40).collect()
}

fn check_length(
    kind: &'static str,
    text: &str,
    allowed: std::ops::RangeInclusive<usize>,
    expected: &'static str,
) -> Result<(), IdentifierError> {
    let length = text.chars().count();
    if allowed.contains(&length) {
        return Ok(());
    }
    Err(IdentifierError::Length { kind, found: quoted(text), length, expected })
}

fn check_characters(
    kind: &'static str,
    text: &str,
    expected: &'static str,
    allowed: impl Fn(char) -> bool,
) -> Result<(), IdentifierError> {
    match text.chars().enumerate().find(|&(_, c)| !allowed(c)) {
        None => Ok(()),
        Some((at, character)) => {
            Err(IdentifierError::Character { kind, found: quoted(text), character, place: at + 1, expected })
        }
    }
}

fn digit_or_capital(c: char) -> bool {
    c.is_ascii_digit() || c.is_ascii_uppercase()
}

/// Unified social credit code (统一社会信用代码), 18 characters with a check character (GB 32100).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uscc(String);

const USCC_SYMBOLS: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
const USCC_WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

impl Uscc {
    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The check character that fits the first 17; `None` if one of them is no USCC character.
    #[must_use]
    pub fn check_character(first_17: &str) -> Option<char> {
        let mut sum = 0;
        for (symbol, weight) in first_17.chars().zip(USCC_WEIGHTS) {
            sum += USCC_SYMBOLS.find(symbol)? * weight;
        }
        USCC_SYMBOLS.chars().nth((31 - sum % 31) % 31)
    }
}

impl FromStr for Uscc {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Uscc, IdentifierError> {
        const KIND: &str = "USCC";
        check_length(KIND, text, 18..=18, "18")?;
        let allowed = "a digit or a capital letter other than I, O, S, V, Z";
        check_characters(KIND, text, allowed, |c| USCC_SYMBOLS.contains(c))?;
        let (first, last) = text.split_at(17);
        let (Some(expected), Some(character)) = (Uscc::check_character(first), last.chars().next()) else {
            return Ok(Uscc(text.to_owned()));
        };
        if expected == character {
            return Ok(Uscc(text.to_owned()));
        }
        Err(IdentifierError::Check { kind: KIND, found: quoted(text), character, expected })
    }
}

/// Customs code of an enterprise (海关编码), 10 digits or capital letters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CustomsCode(String);

impl CustomsCode {
    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CustomsCode {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<CustomsCode, IdentifierError> {
        const KIND: &str = "customs code";
        check_length(KIND, text, 10..=10, "10")?;
        check_characters(KIND, text, "a digit or a capital letter", digit_or_capital)?;
        Ok(CustomsCode(text.to_owned()))
    }
}

/// Whether goods come in or go out, as the declaration number says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// 1.
    Import,
    /// 0.
    Export,
}

/// Number of a customs declaration (报关单号): office 4, year 4, direction 1, serial 9 digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeclarationNumber(u64);

impl DeclarationNumber {
    /// The office that took it.
    #[must_use]
    pub fn office(self) -> Office {
        let number = u16::try_from(self.0 / 100_000_000_000_000).ok();
        number.and_then(Office::of_number).unwrap_or(Office::NONE)
    }

    /// The calendar year.
    #[must_use]
    pub fn year(self) -> u16 {
        u16::try_from(self.0 / 10_000_000_000 % 10_000).unwrap_or(0)
    }

    /// Import or export.
    #[must_use]
    pub fn direction(self) -> Direction {
        if self.0 / 1_000_000_000 % 10 == 1 { Direction::Import } else { Direction::Export }
    }

    /// Its serial number in that office, year and direction.
    #[must_use]
    pub fn serial(self) -> u32 {
        u32::try_from(self.0 % 1_000_000_000).unwrap_or(0)
    }
}

impl FromStr for DeclarationNumber {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<DeclarationNumber, IdentifierError> {
        const KIND: &str = "declaration number";
        check_length(KIND, text, 18..=18, "18")?;
        check_characters(KIND, text, "a digit", |c| c.is_ascii_digit())?;
        let direction = char::from(text.as_bytes()[8]);
        if !matches!(direction, '0' | '1') {
            let expected = "1 (import) or 0 (export)";
            return Err(IdentifierError::Character {
                kind: KIND,
                found: quoted(text),
                character: direction,
                place: 9,
                expected,
            });
        }
        Ok(DeclarationNumber(text.bytes().fold(0, |n, b| n * 10 + u64::from(b - b'0'))))
    }
}

/// The customs office that the id of a matter says: the id is the number of a declaration, or begins with one as that of a
/// goods item does (`530120260000000002-1`). `None` if it says none.
#[must_use]
pub fn numbered_office(id: &str) -> Option<Office> {
    let (number, rest) = id.split_at_checked(18)?;
    let number: DeclarationNumber = number.parse().ok()?;
    let is_number = (1990..2200).contains(&number.year()) && !rest.starts_with(char::is_alphanumeric);
    is_number.then(|| number.office())
}

impl fmt::Display for DeclarationNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:018}", self.0)
    }
}

/// Code of an authorised economic operator: `AEOCN` or `CN` and a customs code, or a country and its own code.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AeoCode(String);

impl AeoCode {
    /// Canonical form: `AEOCN` + 10 for China, country + code for others.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// ISO code of the country that authorised.
    #[must_use]
    pub fn country(&self) -> &str {
        if self.is_chinese() { "CN" } else { &self.0[..2] }
    }

    /// The code without the country; for China the customs code.
    #[must_use]
    pub fn code(&self) -> &str {
        if self.is_chinese() { &self.0[5..] } else { &self.0[2..] }
    }

    fn is_chinese(&self) -> bool {
        self.0.starts_with("AEOCN") && self.0.len() == 15
    }
}

impl FromStr for AeoCode {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<AeoCode, IdentifierError> {
        const KIND: &str = "AEO code";
        if let Some(code) = text.strip_prefix("AEOCN").or_else(|| text.strip_prefix("CN")) {
            check_length(KIND, code, 10..=10, "10 after the country")?;
            check_characters(KIND, code, "a digit or a capital letter", digit_or_capital)?;
            return Ok(AeoCode(format!("AEOCN{code}")));
        }
        check_length(KIND, text, 5..=35, "5 to 35")?;
        check_characters(KIND, text, "a digit, a capital letter or a hyphen", |c| {
            digit_or_capital(c) || c == '-'
        })?;
        let country = "two capital letters for the country";
        check_characters(KIND, &text[..2], country, |c| c.is_ascii_uppercase())?;
        Ok(AeoCode(text.to_owned()))
    }
}

/// The customs code inside `AEOCN` + 10 or `CN` + 10; other texts as they are.
#[must_use]
pub fn canonical_enterprise(text: &str) -> &str {
    match text.strip_prefix("AEOCN").or_else(|| text.strip_prefix("CN")) {
        Some(code) if code.len() == 10 && code.chars().all(digit_or_capital) => code,
        _ => text,
    }
}

/// An identifier of an enterprise in the one form that it is kept and found in, and what it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EnterpriseId {
    /// Customs code, also one that came as a Chinese AEO code.
    CustomsCode(String),
    /// USCC.
    Uscc(String),
    /// AEO code of another country.
    AeoCode(String),
    /// Any other text.
    Other(String),
}

impl EnterpriseId {
    /// Of a text of which nobody says what it is.
    #[must_use]
    pub fn of(text: &str) -> EnterpriseId {
        let text = canonical_enterprise(text);
        if text.parse::<CustomsCode>().is_ok() {
            EnterpriseId::CustomsCode(text.to_owned())
        } else if text.parse::<Uscc>().is_ok() {
            EnterpriseId::Uscc(text.to_owned())
        } else {
            EnterpriseId::Other(text.to_owned())
        }
    }

    /// Its text.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            EnterpriseId::CustomsCode(text)
            | EnterpriseId::Uscc(text)
            | EnterpriseId::AeoCode(text)
            | EnterpriseId::Other(text) => text,
        }
    }

    /// An AEO code, which for China is a customs code.
    ///
    /// # Errors
    /// It is no AEO code.
    pub fn of_aeo_code(text: &str) -> Result<EnterpriseId, IdentifierError> {
        let code: AeoCode = text.parse()?;
        Ok(match code.is_chinese() {
            true => EnterpriseId::CustomsCode(code.code().to_owned()),
            false => EnterpriseId::AeoCode(code.as_str().to_owned()),
        })
    }
}

#[cfg(test)]
mod tests;
