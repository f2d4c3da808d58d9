//! Records of an enterprise, for tests.

use greenlane_store::registry::{Author, NewRecord, Record, RecordKind};
use greenlane_terms::calendar::Day;
use greenlane_terms::numbers::{EnterpriseNumber, RecordNumber};

/// Records, numbered as they stand: what each states, and its first and last day.
pub(super) fn recorded(kind: RecordKind, of: &[([&str; 2], Day, Option<Day>)]) -> Vec<Record> {
    let record = |(at, ([name, value], from, to)): (usize, &([&str; 2], Day, Option<Day>))| Record {
        number: RecordNumber::new(at as u64 + 1),
        enterprise: EnterpriseNumber::new(1),
        record: NewRecord {
            kind,
            valid_from: *from,
            valid_to: *to,
            facts: vec![((*name).to_owned(), Some((*value).to_owned()))],
            related: None,
        },
        author: Author { person: "registrar".to_owned(), ground: "认证".to_owned() },
        at_us: 0,
        withdrawn: None,
    };
    of.iter().enumerate().map(record).collect()
}
