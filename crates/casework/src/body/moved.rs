//! What an entry says about a move, whatever was moved.

use greenlane_terms::Words;
use greenlane_terms::numbers::EntryNumber;

use super::{ApplicationBody, CaseworkBody, LotBody, TaskBody};
use crate::application::AnyState;
use crate::machine::{State, Step};

/// A move of a task, a lot or an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoveSaid {
    /// Its name.
    pub step: &'static str,
    /// Name of the state before it; `None` for the first one.
    pub from: Option<&'static str>,
    /// Name of the state after it.
    pub to: &'static str,
    /// That state, as people read it.
    pub to_words: Words,
    /// Login, or `greenlane` for what happens by itself.
    pub person: String,
    /// Why; `None` where the log says nothing of it.
    pub ground: Option<String>,
    /// The measure on which it rests.
    pub measure: Option<String>,
    /// Entry of the decision on which it rests.
    pub decision: Option<EntryNumber>,
}

impl CaseworkBody {
    /// The move; `None` for what is sealed, and for what has no states.
    #[must_use]
    pub fn moved(&self) -> Option<MoveSaid> {
        match self {
            CaseworkBody::Task(body) => Some(of_task(body)),
            CaseworkBody::Lot(body) => Some(of_lot(body)),
            CaseworkBody::Application(body) => Some(of_application(body)),
            CaseworkBody::SpotCheck(_) | CaseworkBody::Sealed(_) | CaseworkBody::Matter(_) => None,
        }
    }
}

fn of_task(body: &TaskBody) -> MoveSaid {
    MoveSaid {
        step: body.step.name(),
        from: Some(body.from.name()),
        to: body.to.name(),
        to_words: body.to.words(),
        person: body.person.clone(),
        ground: Some(body.ground.clone()),
        measure: Some(body.measure.clone()),
        decision: None,
    }
}

fn of_lot(body: &LotBody) -> MoveSaid {
    MoveSaid {
        step: body.step.name(),
        from: Some(body.from.name()),
        to: body.to.name(),
        to_words: body.to.words(),
        person: body.person.clone(),
        ground: None,
        measure: Some(body.measure.clone()),
        decision: None,
    }
}

fn of_application(body: &ApplicationBody) -> MoveSaid {
    MoveSaid {
        step: body.step.name(),
        from: body.from.map(AnyState::name),
        to: body.to.name(),
        to_words: body.to.words(),
        person: body.person.clone(),
        ground: Some(body.ground.clone()),
        measure: body.measure.clone(),
        decision: body.decision.flatten(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_move_is_told_in_the_words_of_the_log_and_of_people() {
        let task = r#"{"task":5,"matter":"M1","follows":null,"move":"claim","from":"waiting","to":"claimed","measure":"11","visit":null,"person":"li","ground":""}"#;
        let said = CaseworkBody::read("task/5", task.as_bytes()).unwrap().moved().unwrap();
        assert_eq!((said.step, said.from, said.to), ("claim", Some("waiting"), "claimed"));
        assert_eq!((said.to_words.zh, said.ground.as_deref()), ("办理中", Some("")));
        let sealed = CaseworkBody::read("application/7", br#"{"application":7,"sealed":"ab"}"#).unwrap();
        assert_eq!(sealed.moved(), None);
    }
}
