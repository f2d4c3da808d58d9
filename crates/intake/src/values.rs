//! One text → one coded value, exactly as [`FactTable::read`] would, but without allocation.

use std::borrow::Cow;

use greenlane_policy::facts::{ColumnId, FactTable, FactType, FactValue, MONEY_LIMIT, RATIO_LIMIT, scaled};
use greenlane_terms::calendar::Day;

use crate::canonical::canonical_id;

/// A coded value, or an id that borrows from the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cell<'t> {
    /// Flag (0, 1), count, day number, fen, 1/10,000, code or office number.
    Coded(i64),
    /// An id.
    Text(&'t str),
}

/// Reads one value. On failure: the reason in words, which names the fact. An id must be in its one form; rows, which may
/// write it otherwise, go through [`crate::row::Row::read`].
pub(crate) fn read<'t>(facts: &FactTable, column: ColumnId, text: &'t str) -> Result<Cell<'t>, String> {
    let coded = match facts.info(column).fact_type {
        FactType::Id => return read_id(facts, column, text),
        FactType::Date => day(text).map(|day| i64::from(day.0)),
        FactType::Count => scaled(text, 0).filter(|n| (0..=i64::from(i32::MAX)).contains(n)),
        FactType::Money => scaled(text, 2).filter(|fen| fen.abs() <= MONEY_LIMIT),
        FactType::Ratio => scaled(text, 4).filter(|ratio| ratio.abs() <= RATIO_LIMIT),
        FactType::Code(list) => facts.code_list(list).position(text).map(i64::from),
        FactType::Flag | FactType::Office => None,
    };
    match coded {
        Some(coded) => Ok(Cell::Coded(coded)),
        None => match facts.read(column, text) {
            Ok(FactValue::Flag(flag)) => Ok(Cell::Coded(i64::from(flag))),
            Ok(FactValue::Coded(coded)) => Ok(Cell::Coded(coded)),
            Ok(FactValue::Text(_)) => Ok(Cell::Text(text)),
            Err(error) => Err(error.to_string()),
        },
    }
}

fn read_id<'t>(facts: &FactTable, column: ColumnId, text: &'t str) -> Result<Cell<'t>, String> {
    let name = &facts.info(column).name;
    match canonical_id(text) {
        Ok(Cow::Borrowed(id)) => Ok(Cell::Text(id)),
        Ok(Cow::Owned(id)) => Err(format!("`{name}` is `{text}`, expected `{id}`")),
        Err(problem) => Err(format!("`{name}` {problem}")),
    }
}

/// Reads `2024-02-29`; the same days as [`Day::parse`], in a few nanoseconds.
pub(crate) fn day(text: &str) -> Option<Day> {
    let bytes: &[u8; 10] = text.as_bytes().try_into().ok()?;
    if bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let number = |from: usize, to: usize| {
        bytes[from..to].iter().try_fold(0i32, |n, b| b.is_ascii_digit().then(|| n * 10 + i32::from(b - b'0')))
    };
    day_of(number(0, 4)?, number(5, 7)?, number(8, 10)?)
}

/// The day of a calendar date between 1900 and 2199, if there is one.
pub(crate) fn day_of(year: i32, month: i32, day: i32) -> Option<Day> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + i32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        _ => return None,
    };
    if !(1900..=2199).contains(&year) || !(1..=length).contains(&day) {
        return None;
    }
    // Years that start in March, so that the leap day is their last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let before = year * 365 + year / 4 - year / 100 + year / 400;
    Some(Day(before + (153 * month + 2) / 5 + day - 1 - 719_468))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn every_day_is_the_same_as_in_the_calendar() {
        for number in Day::FIRST.0..=Day::LAST.0 {
            let text = Day(number).to_string();
            assert_eq!(day(&text), Some(Day(number)), "{text}");
        }
        for bad in
            ["1899-12-31", "2200-01-01", "2023-02-29", "2100-02-29", "2024-04-31", "2024-13-01", "2024-00-01"]
        {
            assert_eq!((day(bad), Day::parse(bad)), (None, None), "{bad}");
        }
        for bad in ["2024-2-29", "2024/02/29", "", "２０２４-02-29", "2024-02-2x", "-024-02-29"] {
            assert_eq!((day(bad), Day::parse(bad)), (None, None), "{bad}");
        }
    }

    #[test]
    fn values_are_those_of_the_fact_table() {
        let facts = sample::facts();
        let texts = [
            "",
            "0",
            "1",
            "true",
            "TRUE",
            "2147483647",
            "2147483648",
            "-1",
            "0.5",
            "9999999.99",
            "1e3",
            "advanced",
            "3101",
            "31",
            "2024-02-29",
            "2023-02-29",
            "100000000000000.00",
            "100000000000000.01",
            "200000",
            "200000.0001",
        ];
        for index in 0..facts.columns.len() {
            let column = ColumnId(u16::try_from(index).unwrap());
            for text in texts {
                let ours = read(&facts, column, text).ok();
                let theirs = match facts.read(column, text).ok() {
                    None => None,
                    Some(FactValue::Flag(flag)) => Some(Cell::Coded(i64::from(flag))),
                    Some(FactValue::Coded(coded)) => Some(Cell::Coded(coded)),
                    Some(FactValue::Text(_)) => Some(Cell::Text(text)),
                };
                assert_eq!(ours, theirs, "{} {text}", facts.info(column).name);
            }
        }
    }
}
