//! What the log says about the registry of enterprises (entries of kind registry). Written and read by the same types.

use std::collections::BTreeMap;

use greenlane_terms::Words;
use greenlane_terms::calendar::Day;
use greenlane_terms::numbers::{EnterpriseNumber, EventNumber, RecordNumber};
use serde::{Deserialize, Serialize};

use crate::entry::written;

/// Body of an entry of kind registry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistryBody {
    /// What was done.
    #[serde(flatten)]
    pub change: RegistryChange,
    /// Who did it.
    pub person: String,
    /// On what ground; may be empty.
    pub ground: String,
}

/// A change of the registry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change")]
pub enum RegistryChange {
    /// An enterprise was made known, or more of its identifiers.
    #[serde(rename = "enterprise")]
    Enterprise {
        /// Its number.
        enterprise: EnterpriseNumber,
        /// Whether nobody knew it before.
        new: bool,
        /// What it is known by.
        identifiers: Vec<NamedIdentifier>,
        /// Its name, if it was said.
        name: Option<String>,
    },
    /// Something was stated about an enterprise.
    #[serde(rename = "record")]
    Record {
        /// Its number.
        enterprise: EnterpriseNumber,
        /// Number of the record.
        record: RecordNumber,
        /// Name of its kind.
        kind: String,
        /// First day on which it holds.
        valid_from: Day,
        /// Last day; `None`: until another record speaks.
        valid_to: Option<Day>,
        /// Facts without their role; `None`: stated to be unknown.
        facts: BTreeMap<String, Option<String>>,
        /// Number of the other enterprise of a relation.
        related: Option<EnterpriseNumber>,
    },
    /// A record was taken back.
    #[serde(rename = "withdrawal")]
    RecordWithdrawn {
        /// Number of the enterprise.
        enterprise: EnterpriseNumber,
        /// Number of the withdrawal.
        record: RecordNumber,
        /// Number of the record.
        withdraws: RecordNumber,
    },
    /// An event was recorded.
    #[serde(rename = "event")]
    Event {
        /// Number of the enterprise.
        enterprise: EnterpriseNumber,
        /// Number of the event.
        first: EventNumber,
        /// One.
        events: u64,
        /// Its kind.
        kind: String,
        /// The day.
        on: Day,
        /// In fen; 0 for kinds without an amount.
        amount_fen: i64,
        /// The paper behind it; may be empty.
        reference: String,
        /// The office that recorded it; `None`: for all of them.
        office: Option<i64>,
    },
    /// Several events were recorded.
    #[serde(rename = "events")]
    Events {
        /// Number of the first one; the others follow.
        first: EventNumber,
        /// How many.
        events: u64,
        /// Hash of their rows.
        rows: String,
    },
    /// An event was taken back.
    #[serde(rename = "event withdrawal")]
    EventWithdrawn {
        /// Number of the enterprise.
        enterprise: EnterpriseNumber,
        /// Number of the withdrawal.
        event: EventNumber,
        /// Number of the event.
        withdraws: EventNumber,
    },
    /// A file of enterprises was taken over.
    #[serde(rename = "import of enterprises")]
    ImportOfEnterprises {
        /// New enterprises.
        enterprises: u64,
        /// New records.
        records: u64,
        /// Number of the first record; the others follow.
        first_record: RecordNumber,
        /// Hash of their rows.
        rows: String,
    },
    /// A file of events was taken over.
    #[serde(rename = "import of events")]
    ImportOfEvents {
        /// New enterprises.
        enterprises: u64,
        /// New events.
        events: u64,
        /// Number of the first event; the others follow.
        first: EventNumber,
        /// Hash of their rows.
        rows: String,
    },
}

/// An identifier and what it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedIdentifier {
    /// Name of its kind.
    pub kind: String,
    /// As it is written.
    pub id: String,
}

impl RegistryBody {
    /// As it stands in the log.
    #[must_use]
    pub fn written(&self) -> Vec<u8> {
        written(self)
    }

    /// What an entry says.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn read(body: &[u8]) -> Result<RegistryBody, String> {
        serde_json::from_slice(body).map_err(|error| error.to_string())
    }
}

impl RegistryChange {
    /// As people read it, after the name of whoever did it.
    #[must_use]
    pub const fn words(&self) -> Words {
        let (zh, en) = match self {
            RegistryChange::Enterprise { .. } => ("登记企业", "registered an enterprise"),
            RegistryChange::Record { .. } => ("登记事项", "recorded a statement"),
            RegistryChange::RecordWithdrawn { .. } => ("撤销登记事项", "withdrew a record"),
            RegistryChange::Event { .. } => ("登记事件", "recorded an event"),
            RegistryChange::Events { .. } => ("批量登记事件", "recorded events"),
            RegistryChange::EventWithdrawn { .. } => ("撤销事件", "withdrew an event"),
            RegistryChange::ImportOfEnterprises { .. } => ("导入企业名录", "took over a registry"),
            RegistryChange::ImportOfEvents { .. } => ("导入事件", "took over events"),
        };
        Words { zh, en }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_read_as_it_was_written_and_says_what_is_wrong_with_another() {
        let facts = BTreeMap::from([
            ("level".to_owned(), Some("advanced".to_owned())),
            ("industry".to_owned(), None),
        ]);
        let change = RegistryChange::Record {
            enterprise: EnterpriseNumber::new(7),
            record: RecordNumber::new(12),
            kind: "level".to_owned(),
            valid_from: Day::parse("2024-02-29").unwrap(),
            valid_to: None,
            facts,
            related: None,
        };
        let body = RegistryBody { change, person: "qian".to_owned(), ground: "认证".to_owned() };
        let written = body.written();
        assert_eq!(RegistryBody::read(&written), Ok(body));
        let seen: serde_json::Value = serde_json::from_slice(&written).unwrap();
        assert_eq!((&seen["change"], &seen["valid_from"]), (&"record".into(), &"2024-02-29".into()));
        let other = RegistryBody::read(br#"{"change":"move","person":"qian","ground":""}"#).unwrap_err();
        assert!(other.starts_with("unknown variant `move`"), "{other}");
    }
}
