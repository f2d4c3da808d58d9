//! A decision of the log, made out again: what was known, and what the law said.

use std::sync::Arc;

use greenlane_desk::NotDone;
use greenlane_desk::laws::Law;
use greenlane_engine::Decided;
use greenlane_store::{DecisionRecord, Entry, Kind, record};
use greenlane_terms::numbers::EntryNumber;
use greenlane_transport::Service;

use super::one_decision::look_at;

/// A decision of the log.
pub(super) struct LoggedDecision {
    /// Its number in the log, and the entry.
    pub(super) number: EntryNumber,
    pub(super) entry: Entry,
    pub(super) law: Arc<Law>,
    pub(super) record: DecisionRecord,
}

impl LoggedDecision {
    /// The last decision about a matter; `None` if the log has none.
    pub(super) async fn of(service: &Service, matter: &str) -> Result<Option<LoggedDecision>, NotDone> {
        let found = service.reading().entries_about(matter, Some(Kind::Decision), 1).await?;
        LoggedDecision::read(service, found).await
    }

    /// The decision at an entry of the log: for what rests on that one, whatever was decided about it since.
    pub(super) async fn at(service: &Service, entry: EntryNumber) -> Result<Option<LoggedDecision>, NotDone> {
        LoggedDecision::read(service, service.reading().entries(entry.get(), 1).await?).await
    }

    async fn read(
        service: &Service,
        found: Vec<(EntryNumber, Entry)>,
    ) -> Result<Option<LoggedDecision>, NotDone> {
        let decision = found.into_iter().find(|(_, entry)| entry.kind == Kind::Decision);
        let Some((number, entry)) = decision else { return Ok(None) };
        let Some(pack) = record::pack_of(&entry.body) else { return Ok(None) };
        let law = service.laws.get(pack).await?;
        let record = DecisionRecord::decode(&entry.body, &entry.subject, &law.engine.pack);
        Ok(record.map(|record| LoggedDecision { number, entry, law, record }))
    }

    /// The day whose key made its draws.
    pub(super) fn epoch(&self) -> String {
        self.record.epoch(&self.law.engine.pack).map_or_else(String::new, |day| day.to_string())
    }

    /// What the law says about it, for as long as it is looked at.
    pub(super) fn with<T>(&self, look: impl FnOnce(&Decided<'_>) -> T) -> T {
        look_at(&self.law.engine, &self.record.facts, look)
    }
}
