//! A decision of the log, made out again: what was known, and what the law said.

use std::sync::Arc;

use greenlane_desk::NotDone;
use greenlane_desk::laws::Law;
use greenlane_engine::Decided;
use greenlane_store::{DecisionRecord, Entry, Kind, record};
use greenlane_transport::Service;

use super::decided::decided;

/// A decision of the log.
pub(super) struct Seen {
    /// Its number in the log, and the entry.
    pub(super) number: u64,
    pub(super) entry: Entry,
    pub(super) law: Arc<Law>,
    pub(super) record: DecisionRecord,
}

impl Seen {
    /// The last decision about a matter; `None` if the log has none.
    pub(super) async fn of(service: &Service, matter: &str) -> Result<Option<Seen>, NotDone> {
        let found = service.reading().entries_about(matter, Some(Kind::Decision), 1).await?;
        Seen::read(service, found).await
    }

    /// The decision at an entry of the log: for what rests on that one, whatever was decided about it since.
    pub(super) async fn at(service: &Service, entry: u64) -> Result<Option<Seen>, NotDone> {
        Seen::read(service, service.reading().entries(entry, 1).await?).await
    }

    async fn read(service: &Service, found: Vec<(u64, Entry)>) -> Result<Option<Seen>, NotDone> {
        let decision = found.into_iter().find(|(_, entry)| entry.kind == Kind::Decision);
        let Some((number, entry)) = decision else { return Ok(None) };
        let Some(pack) = record::pack_of(&entry.body) else { return Ok(None) };
        let law = service.laws.get(pack).await?;
        let record = DecisionRecord::decode(&entry.body, &entry.subject, &law.engine.pack);
        Ok(record.map(|record| Seen { number, entry, law, record }))
    }

    /// The day whose key made its draws.
    pub(super) fn epoch(&self) -> String {
        self.record.epoch(&self.law.engine.pack).map_or_else(String::new, |day| day.to_string())
    }

    /// What the law says about it, for as long as it is looked at.
    pub(super) fn with<T>(&self, look: impl FnOnce(&Decided<'_>) -> T) -> T {
        decided(&self.law.engine, &self.record.facts, look)
    }
}
