//! Where the facts of matters come from: who stated them, or what filled them in.

use crate::facts::ColumnId;

/// Where a fact comes from. The numbers stand in records of the log: one never changes once used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Origin {
    /// Nobody noted it: decisions before records had sources, and facts that are unknown.
    #[default]
    Unknown = 0,
    /// Stated in a file; nobody said by whom.
    Input = 1,
    /// Stated by a declarant, an applicant, or a system of theirs.
    Declarant = 2,
    /// Stated by a system of customs.
    Customs = 3,
    /// Stated by an officer or a supervisor.
    Officer = 4,
    /// A record of the registry, or counted from its events.
    Registry = 5,
    /// The table of standard values.
    StandardValues = 6,
    /// The pack's classes of goods, by commodity code.
    GoodsClasses = 7,
    /// Taken where nothing was stated: today as the day, `single` as the unit, what the pack assumes.
    Default = 8,
    /// Given by the server itself: the ids and kinds of the matters that it makes, the place in a lot.
    Server = 9,
    /// Stated by a system of customs where the registry has another value.
    CustomsOverRegistry = 10,
    /// Stated by an officer where the registry has another value.
    OfficerOverRegistry = 11,
    /// Supposed in a dry run by somebody who cannot state it.
    Supposed = 12,
}

impl Origin {
    /// Every origin, in the order of their numbers.
    pub const ALL: [Origin; 13] = [
        Origin::Unknown,
        Origin::Input,
        Origin::Declarant,
        Origin::Customs,
        Origin::Officer,
        Origin::Registry,
        Origin::StandardValues,
        Origin::GoodsClasses,
        Origin::Default,
        Origin::Server,
        Origin::CustomsOverRegistry,
        Origin::OfficerOverRegistry,
        Origin::Supposed,
    ];

    /// Its name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Origin::Unknown => "unknown",
            Origin::Input => "input",
            Origin::Declarant => "declarant",
            Origin::Customs => "customs",
            Origin::Officer => "officer",
            Origin::Registry => "registry",
            Origin::StandardValues => "standard_values",
            Origin::GoodsClasses => "goods_classes",
            Origin::Default => "default",
            Origin::Server => "server",
            Origin::CustomsOverRegistry => "customs_over_registry",
            Origin::OfficerOverRegistry => "officer_over_registry",
            Origin::Supposed => "supposed",
        }
    }

    /// In words for people, in Chinese (`zh`) or English.
    #[must_use]
    pub fn words(self, language: &str) -> &'static str {
        let (zh, en) = match self {
            Origin::Unknown => ("来源未记录", "source not recorded"),
            Origin::Input => ("输入文件", "stated in the input"),
            Origin::Declarant => ("申报人申明", "stated by the declarant"),
            Origin::Customs => ("海关系统申明", "stated by customs"),
            Origin::Officer => ("关员申明", "stated by an officer"),
            Origin::Registry => ("企业登记", "registry"),
            Origin::StandardValues => ("行业标准值", "standard values"),
            Origin::GoodsClasses => ("商品类别表", "goods classes"),
            Origin::Default => ("默认值", "default"),
            Origin::Server => ("系统生成", "given by the server"),
            Origin::CustomsOverRegistry => {
                ("海关系统申明（与企业登记不同）", "stated by customs; the registry has another value")
            }
            Origin::OfficerOverRegistry => {
                ("关员申明（与企业登记不同）", "stated by an officer; the registry has another value")
            }
            Origin::Supposed => ("假设", "supposed"),
        };
        if language == "zh" { zh } else { en }
    }

    /// The origin with that number.
    #[must_use]
    pub fn of_number(number: u64) -> Option<Origin> {
        usize::try_from(number).ok().and_then(|at| Origin::ALL.get(at).copied())
    }

    /// The same statement, where the registry has another value.
    #[must_use]
    pub fn over_registry(self) -> Origin {
        match self {
            Origin::Customs => Origin::CustomsOverRegistry,
            Origin::Officer => Origin::OfficerOverRegistry,
            other => other,
        }
    }
}

/// Where each fact of each matter comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins {
    columns: usize,
    /// Row after row.
    all: Vec<Origin>,
}

impl Origins {
    /// Of `rows` matters with that many columns; nothing is noted yet.
    #[must_use]
    pub fn new(rows: usize, columns: usize) -> Origins {
        Origins { columns, all: vec![Origin::Unknown; rows * columns] }
    }

    /// Of one matter, column after column.
    #[must_use]
    pub fn of_row(row: Vec<Origin>) -> Origins {
        Origins { columns: row.len(), all: row }
    }

    /// Where one fact comes from.
    #[must_use]
    pub fn get(&self, row: usize, column: ColumnId) -> Origin {
        self.row(row).get(usize::from(column.0)).copied().unwrap_or_default()
    }

    /// Notes where a fact comes from.
    pub fn set(&mut self, row: usize, column: ColumnId, origin: Origin) {
        let at = row * self.columns + usize::from(column.0);
        if let Some(place) = self.all.get_mut(at).filter(|_| usize::from(column.0) < self.columns) {
            *place = origin;
        }
    }

    /// Every column of one matter; empty if nothing is noted about it.
    #[must_use]
    pub fn row(&self, row: usize) -> &[Origin] {
        let from = row * self.columns;
        self.all.get(from..from + self.columns).unwrap_or_default()
    }

    /// Adds a matter that has the origins of row `row` of `others`, but for `own`, which the server gave.
    pub fn push(&mut self, others: &Origins, row: usize, own: &[ColumnId]) {
        let at = self.all.len();
        self.columns = others.columns;
        self.all.extend_from_slice(others.row(row));
        for column in own {
            if let Some(place) = self.all.get_mut(at + usize::from(column.0)) {
                *place = Origin::Server;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_they_are_written() {
        for (at, origin) in (0..).zip(Origin::ALL) {
            assert_eq!((origin as u64, Origin::of_number(at)), (at, Some(origin)));
        }
        assert_eq!(Origin::of_number(13), None);
    }

    #[test]
    fn each_row_has_its_own_and_what_the_server_makes_says_so() {
        let mut origins = Origins::new(2, 3);
        origins.set(1, ColumnId(2), Origin::Registry);
        origins.set(1, ColumnId(7), Origin::Officer);
        assert_eq!(origins.row(0), [Origin::Unknown; 3]);
        let mut made = Origins::default();
        made.push(&origins, 1, &[ColumnId(0)]);
        assert_eq!(made.row(0), [Origin::Server, Origin::Unknown, Origin::Registry]);
        assert!(made.row(1).is_empty());
    }
}
