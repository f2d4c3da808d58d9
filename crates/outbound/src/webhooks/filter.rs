//! Which entries of the log a subscription is told of.

use greenlane_desk::NotDone;
use greenlane_desk::decisions::is_follow_up;
use greenlane_desk::laws::Law;
use greenlane_policy::pack::Verdict;
use greenlane_store::{DecisionRecord, Entry, Kind, Webhook};
use serde::{Deserialize, Serialize};

/// Which entries are delivered. A list that is empty leaves nothing out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// Kinds of entries, such as `decision` or `pack`.
    #[serde(default)]
    pub kinds: Vec<String>,
    /// Decisions about these kinds of matters.
    #[serde(default)]
    pub matters: Vec<String>,
    /// Decisions that grant one of these measures.
    #[serde(default)]
    pub measures: Vec<String>,
    /// Decisions at these customs offices.
    #[serde(default)]
    pub offices: Vec<String>,
    /// Whether the receiver is one of customs' own, who learns what was drawn before enterprises are told.
    #[serde(default)]
    pub draws: bool,
}

/// The filter of a subscription cannot be read, so that nobody knows what it takes.
#[derive(Debug, thiserror::Error)]
#[error("the filter of the webhook {id} cannot be read: {error}")]
pub struct UnreadableFilter {
    /// The subscription.
    pub id: String,
    /// What is wrong with it.
    pub error: serde_json::Error,
}

impl From<UnreadableFilter> for NotDone {
    fn from(error: UnreadableFilter) -> NotDone {
        NotDone::internal(error.to_string())
    }
}

impl Filter {
    /// That of a subscription, as [`Filter::to_json`] wrote it.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn of(webhook: &Webhook) -> Result<Filter, UnreadableFilter> {
        let unreadable = |error| UnreadableFilter { id: webhook.id.clone(), error };
        serde_json::from_str(&webhook.filter).map_err(unreadable)
    }

    /// As it is kept.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }

    /// Kinds of entries that can be delivered. How rows of state are left is for auditors only.
    pub fn deliverable() -> impl Iterator<Item = Kind> {
        Kind::ALL.into_iter().filter(|kind| *kind != Kind::State)
    }

    /// Whether entries of a kind can be delivered at all.
    pub fn takes(&self, kind: Kind) -> bool {
        if kind == Kind::State {
            return false;
        }
        self.kinds.is_empty() || self.kinds.iter().any(|name| name == kind.name())
    }

    /// Whether an entry says that there is a task, which is not told with the decision.
    pub fn is_of_task(entry: &Entry) -> bool {
        match entry.kind {
            Kind::Decision => is_follow_up(&entry.subject).is_some(),
            Kind::Casework => ["task/", "spot-check/"].iter().any(|of| entry.subject.starts_with(of)),
            _ => false,
        }
    }

    /// Whether decisions have to be looked at one by one.
    pub fn looks_inside(&self) -> bool {
        !(self.matters.is_empty() && self.measures.is_empty() && self.offices.is_empty())
    }

    /// Whether a decision is delivered; `None` if it cannot be read as one of that law's pack.
    pub fn takes_decision(&self, entry: &Entry, law: &Law) -> Option<bool> {
        let pack = &law.engine.pack;
        let record = DecisionRecord::decode(&entry.body, &entry.subject, pack)?;
        let text = |column| record.facts.value(column, 0).map(|coded| pack.facts.write(column, coded));
        let is_among = |list: &[String], text: Option<String>| {
            list.is_empty() || text.is_some_and(|text| list.contains(&text))
        };
        let granted = |name: &String| {
            let mut measures = law.engine.program.measures().iter().zip(&record.verdicts);
            measures.any(|(measure, verdict)| {
                *verdict == Verdict::Granted && pack.measures[measure.index].id == *name
            })
        };
        Some(
            is_among(&self.matters, text(pack.core.matter))
                && is_among(&self.offices, text(pack.core.office))
                && (self.measures.is_empty() || self.measures.iter().any(granted)),
        )
    }

    /// What is wrong with it, by the law in force; `None` if nothing is.
    pub fn problem(&self, law: &Law) -> Option<String> {
        let pack = &law.engine.pack;
        let kinds: Vec<&str> = Filter::deliverable().map(Kind::name).collect();
        if let Some(kind) = self.kinds.iter().find(|kind| !kinds.contains(&kind.as_str())) {
            return Some(format!("`kinds`: `{kind}`, expected one of {}", kinds.join(", ")));
        }
        for (list, column, name) in
            [(&self.matters, pack.core.matter, "matters"), (&self.offices, pack.core.office, "offices")]
        {
            for text in list {
                if let Err(error) = pack.facts.read(column, text) {
                    return Some(format!("`{name}`: {error}"));
                }
            }
        }
        let is_measure = |id: &&String| pack.measures.iter().any(|measure| measure.id == **id);
        let unknown = self.measures.iter().find(|id| !is_measure(id));
        unknown.map(|id| format!("`measures`: the pack in force has no measure `{id}`"))
    }
}
