//! What the rules want to know about a matter: its office, and the enterprises that are parties to it.

use greenlane_access::Resource;
use greenlane_policy::facts::ColumnId;
use greenlane_policy::matters::Matters;
use greenlane_policy::pack::Pack;
use greenlane_store::{DecisionRecord, Entry, record};
use greenlane_terms::numbers::EntryNumber;

use crate::laws::{LawError, Laws};

/// Where a matter's office and parties stand.
pub struct PartyColumns {
    /// The office.
    pub office: ColumnId,
    ids: Vec<ColumnId>,
}

impl PartyColumns {
    /// Those of a pack.
    #[must_use]
    pub fn of(pack: &Pack) -> PartyColumns {
        PartyColumns { office: pack.core.office, ids: pack.facts.party_ids().collect() }
    }

    /// What the rules want to know about a row.
    pub fn matter(&self, matters: &Matters, row: usize) -> Resource {
        let party = |id: &ColumnId| matters.text(*id, row).map(str::to_owned);
        Resource::Matter {
            office: matters.value(self.office, row).map(four_digits),
            parties: self.ids.iter().filter_map(party).collect(),
        }
    }
}

/// A coded customs office as it is written.
pub(crate) fn four_digits(office: i64) -> String {
    format!("{office:04}")
}

/// What the rules want to know about the matter of a decision in the log.
pub async fn matter_of(laws: &Laws, number: EntryNumber, entry: &Entry) -> Result<Resource, LawError> {
    let unreadable = || LawError::Record { entry: number };
    let law = laws.get(record::pack_of(&entry.body).ok_or_else(unreadable)?).await?;
    let pack = &law.engine.pack;
    let record = DecisionRecord::decode(&entry.body, &entry.subject, pack).ok_or_else(unreadable)?;
    Ok(PartyColumns::of(pack).matter(&record.facts, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_office_is_written_with_four_digits() {
        for (code, written) in [(22, "0022"), (2201, "2201"), (0, "0000")] {
            assert_eq!(four_digits(code), written);
        }
    }
}
