//! The message of a delivery, made of the entries it is about: the same entries give the same bytes.

use greenlane_configuration::DrawsTold;
use greenlane_desk::decisions::{DeskError, Told, decide_again};
use greenlane_desk::laws::LawError;
use greenlane_store::{Entry, Kind, StoreError, Webhook, record};
use greenlane_terms::numbers::EntryNumber;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::chosen::{Chosen, PackLaws, Unreadable};
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
    /// The database refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A decision cannot be made again.
    #[error(transparent)]
    Decide(#[from] DeskError),
    /// One of its entries cannot be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// The clock says a time that no calendar has.
    #[error("the time of the message cannot be written: {0}")]
    Time(#[from] jiff::Error),
    /// It cannot be written as JSON.
    #[error("the message cannot be written: {0}")]
    Json(#[from] serde_json::Error),
    /// The thread that made it broke off.
    #[error("a thread broke off")]
    Panicked,
}

/// One entry as it is delivered.
#[derive(Serialize)]
struct Delivered {
    entry: EntryNumber,
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
        let body = Body { r#type: "webhook.test", timestamp: timestamp(now_us)?, data };
        Ok(Message { id: format!("{}_test_{now_us}", webhook.id), body: serde_json::to_string(&body)? })
    }
}

fn timestamp(at_us: i64) -> Result<String, jiff::Error> {
    Timestamp::from_microsecond(at_us).map(|at| at.to_string())
}

/// The time of a message: that of its last entry.
fn time_of((number, at_us): (EntryNumber, i64)) -> Result<String, Unreadable> {
    timestamp(at_us).map_err(|error| Unreadable { entry: number, why: error.to_string() })
}

impl Webhooks {
    /// Where the next delivery from an entry on ends, and whether there is anything in it. The place is not past `size`.
    pub(super) async fn extent(
        &self,
        filter: &Filter,
        from: u64,
        size: u64,
    ) -> Result<(u64, bool), MessageError> {
        let mut at = from;
        while at < size && at - from < MOST_PASSED {
            let page = self.store.entries(at, PAGE.min(size - at)).await?;
            let Some((last, _)) = page.last() else { break };
            let next = last.get() + 1;
            let chosen = self.chosen(filter, page, MOST_ENTRIES).await?;
            if let Some(end) = chosen.end(from, next, MOST_ENTRIES) {
                // What is there goes now; what comes goes next.
                return Ok(end);
            }
            at = next;
        }
        Ok((at, false))
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
        let (mut at, mut read) = (from, None);
        while at < to {
            let page = self.store.entries(at, PAGE.min(to - at)).await?;
            let Some((last, entry)) = page.last() else { break };
            (at, read) = (last.get() + 1, Some((*last, entry.at_us)));
            let chosen = self.chosen(filter, page, usize::MAX).await?;
            if let Some(unreadable) = chosen.unreadable {
                return Err(unreadable.into());
            }
            entries.extend(chosen.entries);
        }
        let last = entries.last().map(|(number, entry)| (*number, entry.at_us)).or(read);
        let missing = || StoreError::damaged(format!("the log has no entries from {from} to {to}"));
        let timestamp = time_of(last.ok_or_else(missing)?)?;
        let laws = self.laws_of(&entries).await?;
        let (draws, told) = (self.draws.clone(), Told { draws: self.is_told(filter), sources: false });
        let id = format!("{id}_{from}_{to}");
        let made = tokio::task::spawn_blocking(move || {
            let data = Entries { entries: delivered(&entries, &laws, &draws, told)? };
            let body = Body { r#type: "log.entries", timestamp, data };
            Ok(Message { id, body: serde_json::to_string(&body)? })
        });
        made.await.map_err(|_| MessageError::Panicked)?
    }

    /// What a subscription takes of a page, at most so many entries.
    async fn chosen(
        &self,
        filter: &Filter,
        page: Vec<(EntryNumber, Entry)>,
        most: usize,
    ) -> Result<Chosen, MessageError> {
        let is_told = |entry: &Entry| self.is_told(filter) || !Filter::is_of_task(entry);
        let of_kind: Vec<(EntryNumber, Entry)> =
            page.into_iter().filter(|(_, entry)| filter.takes(entry.kind) && is_told(entry)).collect();
        let (laws, filter) = (self.laws_of(&of_kind).await?, filter.clone());
        let chosen = tokio::task::spawn_blocking(move || Chosen::of(&filter, &laws, of_kind, most));
        chosen.await.map_err(|_| MessageError::Panicked)
    }

    /// Whether a subscription is told what was drawn.
    fn is_told(&self, filter: &Filter) -> bool {
        filter.draws || self.draws_told == DrawsTold::AtOnce
    }

    /// The laws that decided. That one of them cannot be had is told of the entries that it decided, and stops no others.
    async fn laws_of(&self, entries: &[(EntryNumber, Entry)]) -> Result<PackLaws, MessageError> {
        let mut laws = PackLaws::new();
        let decisions = entries.iter().filter(|(_, entry)| entry.kind == Kind::Decision);
        for pack in decisions.filter_map(|(_, entry)| record::pack_of(&entry.body)) {
            if let std::collections::hash_map::Entry::Vacant(vacant) = laws.entry(pack) {
                let law = match self.laws.get(pack).await {
                    Err(LawError::Store(error)) if !matches!(error, StoreError::Damaged { .. }) => {
                        return Err(error.into());
                    }
                    law => law.map_err(|error| error.to_string()),
                };
                vacant.insert(law);
            }
        }
        Ok(laws)
    }
}

fn delivered(
    entries: &[(EntryNumber, Entry)],
    laws: &PackLaws,
    draws: &greenlane_evaluate::batch::Draws,
    told: Told,
) -> Result<Vec<Delivered>, MessageError> {
    let pack = |entry: &Entry| match entry.kind {
        Kind::Decision => record::pack_of(&entry.body),
        _ => None,
    };
    let mut all = Vec::with_capacity(entries.len());
    for run in entries.chunk_by(|(_, one), (_, next)| pack(one) == pack(next)) {
        let law = run.first().and_then(|(_, entry)| laws.get(&pack(entry)?)?.as_ref().ok());
        let mut lines = match law {
            Some(law) => decide_again(&law.engine, law.number, draws, run, told)?.0,
            None => Vec::new(),
        }
        .into_iter();
        for (number, entry) in run {
            all.push(one(*number, entry, lines.next().as_deref())?);
        }
    }
    Ok(all)
}

/// One entry; `line` is the decision that was made again.
fn one(number: EntryNumber, entry: &Entry, line: Option<&[u8]>) -> Result<Delivered, MessageError> {
    let unreadable = |why: String| Unreadable { entry: number, why };
    let (decision, body) = match (entry.kind, line) {
        (Kind::Decision, None) => return Err(unreadable("it is no decision".to_owned()).into()),
        (_, Some(line)) => (Some(serde_json::from_slice::<Box<RawValue>>(line)?), None),
        (_, None) => {
            let body = serde_json::from_slice(&entry.body);
            (None, Some(body.map_err(|error| unreadable(error.to_string()))?))
        }
    };
    let (kind, at_us, subject) = (entry.kind.name(), entry.at_us, entry.subject.clone());
    Ok(Delivered { entry: number, kind, at_us, subject, decision, body })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_no_calendar_has_is_an_error_that_names_its_entry_and_not_1970() {
        let of = |at_us| time_of((EntryNumber::new(17), at_us));
        assert_eq!(of(1_709_136_000_000_000).unwrap(), "2024-02-28T16:00:00Z");
        for far in [i64::MAX, i64::MIN] {
            let error = of(far).unwrap_err().to_string();
            assert!(error.starts_with("entry 17 cannot be read: "), "{error}");
        }
    }

    #[test]
    fn a_body_that_cannot_be_read_is_an_error_that_names_its_entry() {
        let of = |kind, body: &[u8]| {
            let entry = Entry { kind, at_us: 1, subject: "login:clerk".to_owned(), body: body.to_vec() };
            one(EntryNumber::new(17), &entry, None)
        };
        let told = of(Kind::Audit, b"{\"did\":\"sign_in\"}").unwrap();
        assert_eq!(told.body, Some(serde_json::json!({ "did": "sign_in" })));
        for (kind, body) in [(Kind::Audit, &b"{"[..]), (Kind::Registry, b"\xff"), (Kind::Decision, b"{}")] {
            let error = of(kind, body).err().unwrap();
            assert!(error.to_string().starts_with("entry 17 cannot be read: "), "{error}");
        }
    }
}
