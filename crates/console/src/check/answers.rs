//! What somebody has answered so far. It stands in the address: it can be shared, and the server keeps nothing.

use std::collections::BTreeSet;

use greenlane_engine::words::Words;
use greenlane_policy::facts::{ColumnId, FactType, FactValue};
use greenlane_policy::matters::{Matters, MattersBuilder};
use greenlane_policy::pack::Pack;
use greenlane_terms::calendar::Day;

/// Field for the one measure that is asked about.
const ABOUT: &str = "about";

/// Field for a fact that is not known.
pub(super) const UNKNOWN: &str = "unknown";

/// Answers that are read: more than any matter needs. Each is shown with an address of its own that has the others.
const MOST_ANSWERS: usize = 64;

/// A value that was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Value(FactValue);

impl Value {
    /// In words.
    pub(super) fn words(&self, words: &Words<'_>, column: ColumnId) -> String {
        match &self.0 {
            FactValue::Flag(flag) => words.value(column, i64::from(*flag)),
            FactValue::Coded(coded) => words.value(column, *coded),
            FactValue::Text(text) => text.clone(),
        }
    }

    /// As it stands in an address.
    pub(super) fn written(&self, pack: &Pack, column: ColumnId) -> String {
        match &self.0 {
            FactValue::Flag(flag) => flag.to_string(),
            FactValue::Coded(coded) => pack.facts.write(column, *coded),
            FactValue::Text(text) => text.clone(),
        }
    }
}

/// What was answered, and what could not be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Asked {
    about: Option<String>,
    answers: Vec<(ColumnId, Option<Value>)>,
    /// Facts whose answer was none, and what was typed.
    pub(super) faults: Vec<(ColumnId, String)>,
}

impl Asked {
    /// Reads the fields of an address; the day is today's if none is given. Fields of other names say nothing.
    pub(super) fn read(pack: &Pack, fields: Vec<(String, String)>, today: Day) -> Asked {
        let mut asked = Asked::default();
        for (name, text) in fields {
            let text = text.trim();
            if name == ABOUT {
                asked.about = pack.measure(text).map(|measure| measure.id.clone());
            } else if name == UNKNOWN {
                pack.facts.column(text).into_iter().for_each(|column| asked.answer(column, None));
            } else if let Some(column) = pack.facts.column(&name).filter(|_| !text.is_empty()) {
                match value(pack, column, text) {
                    Some(value) => asked.answer(column, Some(value)),
                    None => asked.fault(column, text),
                }
            }
        }
        if !asked.has(pack.core.decided_on) {
            let day = Some(Value(FactValue::Coded(i64::from(today.0))));
            asked.answers.truncate(MOST_ANSWERS - 1);
            asked.answer(pack.core.decided_on, day);
        }
        asked
    }

    fn answer(&mut self, column: ColumnId, value: Option<Value>) {
        if !self.has(column) && self.answers.len() < MOST_ANSWERS {
            self.answers.push((column, value));
        }
    }

    fn fault(&mut self, column: ColumnId, text: &str) {
        if self.faults.len() < MOST_ANSWERS && self.faults.iter().all(|(known, _)| *known != column) {
            self.faults.push((column, text.to_owned()));
        }
    }

    fn has(&self, column: ColumnId) -> bool {
        self.answers.iter().any(|(known, _)| *known == column)
    }

    /// Every answer, in order; `None`: it is not known.
    pub(super) fn answers(&self) -> impl Iterator<Item = (ColumnId, Option<&Value>)> {
        self.answers.iter().map(|(column, value)| (*column, value.as_ref()))
    }

    /// Facts that are not known.
    pub(super) fn unknown(&self) -> BTreeSet<ColumnId> {
        self.answers.iter().filter(|(_, value)| value.is_none()).map(|(column, _)| *column).collect()
    }

    /// Whether there is an answer, known or not.
    pub(super) fn is_answered(&self, column: ColumnId) -> bool {
        self.has(column)
    }

    /// Whether a measure is asked about.
    pub(super) fn is_about(&self, measure: &str) -> bool {
        self.about.as_deref().is_none_or(|about| about == measure)
    }

    /// The code of the matter.
    pub(super) fn matter(&self, pack: &Pack) -> Option<i64> {
        self.answers().find(|(column, _)| *column == pack.core.matter).and_then(|(_, value)| match value?.0 {
            FactValue::Coded(code) => Some(code),
            _ => None,
        })
    }

    /// The matter as one row; a commodity code says which classes the goods are of.
    pub(super) fn row(&self, pack: &Pack) -> Matters {
        let mut rows = MattersBuilder::new(&pack.facts);
        for (column, value) in self.answers() {
            let Some(Value(value)) = value else { continue };
            rows.set(column, value);
            if let (true, FactValue::Text(code)) = (pack.core.hs_code == Some(column), value) {
                let open = pack.goods_classes.iter().filter(|class| !self.has(class.flag));
                for (flag, is) in open.filter_map(|class| Some((class.flag, class.contains(code)?))) {
                    rows.set(flag, &FactValue::Flag(is));
                }
            }
        }
        rows.end_row();
        rows.finish()
    }

    /// The fields of the address, without one answer and those after it: what follows was asked because of it. The day stays.
    pub(super) fn fields(&self, pack: &Pack, without: Option<ColumnId>) -> Vec<(String, String)> {
        let before = self.answers().take_while(|(column, _)| Some(*column) != without).count();
        let kept = self.answers().enumerate().filter(|(at, (column, _))| {
            *at < before || *column == pack.core.decided_on && Some(*column) != without
        });
        self.written(pack, kept.map(|(_, answer)| answer))
    }

    /// The fields of the address, without the day.
    pub(super) fn fields_of_any_day(&self, pack: &Pack) -> Vec<(String, String)> {
        self.written(pack, self.answers().filter(|(column, _)| *column != pack.core.decided_on))
    }

    fn written<'v>(
        &self,
        pack: &Pack,
        answers: impl Iterator<Item = (ColumnId, Option<&'v Value>)>,
    ) -> Vec<(String, String)> {
        let answers = answers.map(|(column, value)| {
            let name = pack.facts.info(column).name.clone();
            match value {
                Some(value) => (name, value.written(pack, column)),
                None => (UNKNOWN.to_owned(), name),
            }
        });
        self.about.iter().map(|about| (ABOUT.to_owned(), about.clone())).chain(answers).collect()
    }

    /// Its address.
    pub(super) fn address(&self, pack: &Pack, without: Option<ColumnId>) -> String {
        let query = serde_urlencoded::to_string(self.fields(pack, without)).unwrap_or_default();
        format!("/check?{query}")
    }
}

fn value(pack: &Pack, column: ColumnId, text: &str) -> Option<Value> {
    if pack.core.hs_code == Some(column) {
        let code: String = text.chars().filter(|one| !matches!(one, '.' | ' ' | '-')).collect();
        let is_code = (4..=10).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit());
        return is_code.then_some(Value(FactValue::Text(code)));
    }
    // Texts decide nothing; who parties are is not asked here.
    let is_text = pack.facts.info(column).fact_type == FactType::Id;
    pack.facts.read(column, text).ok().filter(|_| !is_text).map(Value)
}
