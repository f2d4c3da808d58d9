//! What a subscription takes of the log, up to the first entry that cannot be read: that one is told as a failure, never passed over.

use std::collections::HashMap;
use std::sync::Arc;

use greenlane_desk::laws::Law;
use greenlane_store::{Entry, Kind, record};
use greenlane_terms::numbers::{EntryNumber, PackNumber};
use serde::de::IgnoredAny;

use super::Filter;

/// The packs that decided, or why one of them cannot be had.
pub(super) type PackLaws = HashMap<PackNumber, Result<Arc<Law>, String>>;

/// An entry that cannot be read, and so not delivered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("entry {entry} cannot be read: {why}")]
pub struct Unreadable {
    /// Its number.
    pub entry: EntryNumber,
    /// What is wrong with it.
    pub why: String,
}

/// What a subscription takes of some entries.
#[derive(Debug)]
pub(super) struct Chosen {
    /// Up to the first one that cannot be read.
    pub(super) entries: Vec<(EntryNumber, Entry)>,
    /// That one.
    pub(super) unreadable: Option<Unreadable>,
}

impl Chosen {
    /// The first so many of the entries that a filter takes.
    pub(super) fn of(
        filter: &Filter,
        laws: &PackLaws,
        entries: Vec<(EntryNumber, Entry)>,
        most: usize,
    ) -> Chosen {
        let mut chosen = Chosen { entries: Vec::new(), unreadable: None };
        for (number, entry) in entries {
            if chosen.entries.len() == most {
                break;
            }
            match takes(filter, laws, &entry) {
                Ok(true) => chosen.entries.push((number, entry)),
                Ok(false) => {}
                Err(why) => {
                    chosen.unreadable = Some(Unreadable { entry: number, why });
                    break;
                }
            }
        }
        chosen
    }

    /// Where a delivery from an entry on ends, and whether there is anything in it; `None` if there is nothing at all. What stands
    /// before an entry that cannot be read is delivered first; the entry is a delivery by itself, which fails and says why.
    pub(super) fn end(&self, from: u64, next: u64, most: usize) -> Option<(u64, bool)> {
        let bad = self.unreadable.as_ref().map(|unreadable| unreadable.entry.get());
        match (self.entries.last(), bad) {
            (Some((last, _)), _) if self.entries.len() == most => Some((last.get() + 1, true)),
            (Some(_), bad) => Some((bad.unwrap_or(next), true)),
            (None, Some(bad)) if bad > from => Some((bad, false)),
            (None, Some(bad)) => Some((bad + 1, true)),
            (None, None) => None,
        }
    }
}

/// Whether a subscription takes an entry of a kind that it takes; why it cannot be known, if the entry cannot be read.
fn takes(filter: &Filter, laws: &PackLaws, entry: &Entry) -> Result<bool, String> {
    if entry.kind != Kind::Decision {
        if filter.looks_inside() {
            return Ok(false);
        }
        let read = serde_json::from_slice::<IgnoredAny>(&entry.body);
        return read.map(|_| true).map_err(|error| error.to_string());
    }
    let pack = record::pack_of(&entry.body).ok_or("it is no decision")?;
    match laws.get(&pack) {
        Some(Ok(law)) => {
            filter.takes_decision(entry, law).ok_or_else(|| format!("it is no decision of pack {pack}"))
        }
        Some(Err(why)) => Err(why.clone()),
        None => Err(format!("pack {pack} is not known")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: usize = 3;

    fn entry(number: u64, kind: Kind, body: &str) -> (EntryNumber, Entry) {
        let entry = Entry { kind, at_us: 0, subject: String::new(), body: body.as_bytes().to_vec() };
        (EntryNumber::new(number), entry)
    }

    /// What comes of entries from 10 on: those that are taken, the one that cannot be read, and the end of the delivery.
    fn chosen(filter: &Filter, bodies: &[&str]) -> (Vec<u64>, Option<u64>, Option<(u64, bool)>) {
        let entries: Vec<_> =
            (10..).zip(bodies).map(|(number, body)| entry(number, Kind::Audit, body)).collect();
        let next = 10 + bodies.len() as u64;
        let chosen = Chosen::of(filter, &PackLaws::new(), entries, MOST);
        let taken = chosen.entries.iter().map(|(number, _)| number.get()).collect();
        let bad = chosen.unreadable.as_ref().map(|unreadable| unreadable.entry.get());
        (taken, bad, chosen.end(10, next, MOST))
    }

    #[test]
    fn what_stands_before_an_entry_that_cannot_be_read_is_delivered_first() {
        let all = Filter::default();
        assert_eq!(chosen(&all, &["{}", "{}"]), (vec![10, 11], None, Some((12, true))));
        assert_eq!(chosen(&all, &["{}", "{", "{}"]), (vec![10], Some(11), Some((11, true))));
        assert_eq!(chosen(&all, &["{}", "{}", "{}", "{"]), (vec![10, 11, 12], None, Some((13, true))));
        assert_eq!(chosen(&all, &[]), (vec![], None, None));
    }

    #[test]
    fn an_entry_that_cannot_be_read_is_a_delivery_by_itself() {
        assert_eq!(chosen(&Filter::default(), &["", "{}"]), (vec![], Some(10), Some((11, true))));
        let bad =
            Chosen::of(&Filter::default(), &PackLaws::new(), vec![entry(17, Kind::Registry, "{")], MOST);
        assert_eq!(bad.end(10, 18, MOST), Some((17, false)), "what is not taken is passed over before");
        assert_eq!(bad.end(17, 18, MOST), Some((18, true)));
        let said = bad.unreadable.unwrap().to_string();
        assert!(said.starts_with("entry 17 cannot be read: EOF"), "{said}");
    }

    #[test]
    fn an_entry_that_a_subscription_does_not_take_need_not_be_read() {
        let inside = Filter { offices: vec!["2201".to_owned()], ..Filter::default() };
        assert_eq!(chosen(&inside, &["{", "{}"]), (vec![], None, None));
    }

    #[test]
    fn a_decision_that_names_no_pack_or_one_that_is_not_there_cannot_be_read() {
        let of = |body: &str| {
            let entries = vec![entry(3, Kind::Decision, body)];
            Chosen::of(&Filter::default(), &PackLaws::new(), entries, MOST).unreadable
        };
        let unreadable = |why: &str| Some(Unreadable { entry: EntryNumber::new(3), why: why.to_owned() });
        assert_eq!(of(""), unreadable("it is no decision"));
        assert_eq!(of("{}"), unreadable("it is no decision"));
        assert_eq!(of("\u{1}\0\0\0\u{7}"), unreadable("pack 7 is not known"));
    }
}
