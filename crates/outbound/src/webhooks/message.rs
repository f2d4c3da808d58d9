//! The message of a delivery, made of the entries it is about: the same entries give the same bytes.

use std::collections::HashMap;
use std::sync::Arc;

use greenlane_configuration::DrawsTold;
use greenlane_desk::decisions::{DeskError, Told, decide_again};
use greenlane_desk::laws::{Law, LawError};
use greenlane_store::{Entry, Kind, StoreError, Webhook, record};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::{Filter, Webhooks};

/// Entries of one delivery at most.
const MOST_ENTRIES: usize = 100;

/// Entries that are read at a time, and that are passed over before the place is kept.
const PAGE: u64 = 1_000;
const MOST_PASSED: u64 = 20_000;

/// A message, ready to be signed.
#[derive(Clone, Debug)]
pub struct Message {
    /// The header `webhook-id`: it names the delivery, however often it is tried.
    pub id: String,
    /// JSON.
    pub body: String,
}

/// Why there is no message.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Law(#[from] LawError),
    #[error(transparent)]
    Decide(#[from] DeskError),
    #[error("entry {entry} cannot be read as a decision")]
    Record { entry: u64 },
    #[error("the message cannot be written: {0}")]
    Json(#[from] serde_json::Error),
    #[error("a thread broke off")]
    Panicked,
}

/// One entry as it is delivered.
#[derive(Serialize)]
struct Delivered {
    entry: u64,
    kind: &'static str,
    at_us: i64,
    /// The matter of a decision, the hash of a pack, the day of a key.
    subject: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Value>,
}

#[derive(Serialize)]
struct Body<T> {
    r#type: &'static str,
    timestamp: String,
    data: T,
}

#[derive(Serialize)]
struct Entries {
    entries: Vec<Delivered>,
}

impl Message {
    /// A message that only shows that the way is open.
    pub fn test(webhook: &Webhook, now_us: i64) -> Result<Message, MessageError> {
        let data = serde_json::json!({ "webhook": webhook.id });
        let body = Body { r#type: "webhook.test", timestamp: timestamp(now_us), data };
        Ok(Message { id: format!("{}_test_{now_us}", webhook.id), body: serde_json::to_string(&body)? })
    }
}

fn timestamp(at_us: i64) -> String {
    Timestamp::from_microsecond(at_us).unwrap_or_default().to_string()
}

impl Webhooks {
    /// Where the next delivery from an entry on ends, and whether there is anything in it. The place is not past `size`.
    pub(super) async fn extent(
        &self,
        filter: &Filter,
        from: u64,
        size: u64,
    ) -> Result<(u64, bool), MessageError> {
        let mut found = 0;
        let mut at = from;
        while at < size && at - from < MOST_PASSED {
            let page = self.store.entries(at, PAGE.min(size - at)).await?;
            let Some((last, _)) = page.last() else { break };
            let next = last + 1;
            for (entry, _) in self.chosen(filter, page).await? {
                found += 1;
                if found == MOST_ENTRIES {
                    return Ok((entry + 1, true));
                }
            }
            at = next;
            if found > 0 {
                // What is there goes now; what comes goes next.
                break;
            }
        }
        Ok((at, found > 0))
    }

    /// The message about the entries `from .. to` that a subscription takes.
    pub async fn message(
        &self,
        id: &str,
        filter: &Filter,
        from: u64,
        to: u64,
    ) -> Result<Message, MessageError> {
        let mut entries = Vec::new();
        let mut at = from;
        while at < to {
            let page = self.store.entries(at, PAGE.min(to - at)).await?;
            let Some((last, _)) = page.last() else { break };
            at = last + 1;
            entries.extend(self.chosen(filter, page).await?);
        }
        let laws = self.laws_of(&entries).await?;
        let (draws, told) = (self.draws.clone(), Told { draws: self.is_told(filter), sources: false });
        let id = format!("{id}_{from}_{to}");
        let made = tokio::task::spawn_blocking(move || {
            let at_us = entries.last().map_or(0, |(_, entry)| entry.at_us);
            let data = Entries { entries: delivered(&entries, &laws, &draws, told)? };
            let body = Body { r#type: "log.entries", timestamp: timestamp(at_us), data };
            Ok(Message { id, body: serde_json::to_string(&body)? })
        });
        made.await.map_err(|_| MessageError::Panicked)?
    }

    /// The entries of a page that a subscription takes.
    async fn chosen(
        &self,
        filter: &Filter,
        page: Vec<(u64, Entry)>,
    ) -> Result<Vec<(u64, Entry)>, MessageError> {
        let is_told = |entry: &Entry| self.is_told(filter) || !Filter::is_of_task(entry);
        let of_kind: Vec<(u64, Entry)> =
            page.into_iter().filter(|(_, entry)| filter.takes(entry.kind) && is_told(entry)).collect();
        if !filter.looks_inside() {
            return Ok(of_kind);
        }
        let (laws, filter) = (self.laws_of(&of_kind).await?, filter.clone());
        let chosen = tokio::task::spawn_blocking(move || {
            let mut chosen = Vec::new();
            for (number, entry) in of_kind {
                if entry.kind != Kind::Decision {
                    continue;
                }
                let law = record::pack_of(&entry.body).and_then(|pack| laws.get(&pack));
                let takes = law.and_then(|law| filter.takes_decision(&entry, law));
                if takes.ok_or(MessageError::Record { entry: number })? {
                    chosen.push((number, entry));
                }
            }
            Ok(chosen)
        });
        chosen.await.map_err(|_| MessageError::Panicked)?
    }

    /// Whether a subscription is told what was drawn.
    fn is_told(&self, filter: &Filter) -> bool {
        filter.draws || self.draws_told == DrawsTold::AtOnce
    }

    /// The laws that decided.
    async fn laws_of(&self, entries: &[(u64, Entry)]) -> Result<HashMap<u64, Arc<Law>>, MessageError> {
        let mut laws = HashMap::new();
        for (number, entry) in entries.iter().filter(|(_, entry)| entry.kind == Kind::Decision) {
            let pack = record::pack_of(&entry.body).ok_or(MessageError::Record { entry: *number })?;
            if let std::collections::hash_map::Entry::Vacant(vacant) = laws.entry(pack) {
                vacant.insert(self.laws.get(pack).await?);
            }
        }
        Ok(laws)
    }
}

fn delivered(
    entries: &[(u64, Entry)],
    laws: &HashMap<u64, Arc<Law>>,
    draws: &greenlane_evaluate::batch::Draws,
    told: Told,
) -> Result<Vec<Delivered>, MessageError> {
    let pack = |entry: &Entry| match entry.kind {
        Kind::Decision => record::pack_of(&entry.body),
        _ => None,
    };
    let mut all = Vec::with_capacity(entries.len());
    for run in entries.chunk_by(|(_, one), (_, next)| pack(one) == pack(next)) {
        let law = run.first().and_then(|(_, entry)| laws.get(&pack(entry)?));
        let mut lines = match law {
            Some(law) => decide_again(&law.engine, law.number, draws, run, told)?.0,
            None => Vec::new(),
        }
        .into_iter();
        for (number, entry) in run {
            let decision =
                lines.next().map(|line| serde_json::from_slice::<Box<RawValue>>(&line)).transpose()?;
            let body = if decision.is_none() { serde_json::from_slice(&entry.body).ok() } else { None };
            let (kind, at_us, subject) = (entry.kind.name(), entry.at_us, entry.subject.clone());
            all.push(Delivered { entry: *number, kind, at_us, subject, decision, body });
        }
    }
    Ok(all)
}
