//! Why an application is not moved.

use crate::application::{AdmissionRefusal, ApplicationStep, Asks, Procedure};
use crate::machine::{Actor, Illegal, Rule};

/// Why an application is not moved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApplicationError {
    /// No application of this kind has such a move.
    #[error("no application of this kind has this move")]
    NoMove,
    /// The state does not allow it.
    #[error("{en}")]
    Illegal {
        /// In English.
        en: String,
        /// In Chinese.
        zh: String,
        /// The state.
        state: crate::AnyState,
    },
    /// Somebody of another role makes this move.
    #[error("`{step}` is a move of {}, not of {}", .by.join(" or "), .actor.name())]
    Actor {
        /// The move.
        step: ApplicationStep,
        /// Who tried it.
        actor: Actor,
        /// Whose it is.
        by: Vec<&'static str>,
    },
    /// Nobody makes this move: it follows from the day and the law ([`crate::Application::by_itself`]).
    #[error("`{step}` happens by itself")]
    ByItself {
        /// The move.
        step: ApplicationStep,
    },
    /// Whoever reviewed it does not approve it.
    #[error("{person} reviewed the request: another person approves it")]
    SamePerson {
        /// Who reviewed it.
        person: String,
    },
    /// The days do not follow each other.
    #[error("the last day is before the first one")]
    Days,
    /// The day is on the wrong side of today.
    #[error("`on` is a day that has come for what was done, and one that is not over for what is to be done")]
    Day,
    /// What the move has to say is missing.
    #[error("{}", .asks.words())]
    Missing {
        /// What.
        asks: Asks,
    },
    /// It is not its turn.
    #[error(transparent)]
    Turn(#[from] AdmissionRefusal),
}

impl ApplicationError {
    /// Somebody else makes this move, or nobody does.
    pub(super) fn not_of<S: Procedure>(rule: &Rule<S>, actor: Actor) -> ApplicationError {
        let people = rule.by.iter().filter(|by| **by != Actor::System);
        let by: Vec<&str> = people.map(|by| by.name()).collect();
        let step = rule.step.into();
        if by.is_empty() {
            ApplicationError::ByItself { step }
        } else {
            ApplicationError::Actor { step, actor, by }
        }
    }
}

impl<S: Procedure> From<Illegal<S>> for ApplicationError {
    fn from(illegal: Illegal<S>) -> ApplicationError {
        ApplicationError::Illegal { en: illegal.to_string(), zh: illegal.zh(), state: illegal.state.any() }
    }
}

impl Asks {
    /// As an error says it.
    const fn words(self) -> &'static str {
        match self {
            Asks::Nothing => "nothing is missing",
            Asks::Period => "`from` and `to` are missing: the first and the last day",
            Asks::LastDay => "`on` is missing: the last day for what has to be done next",
            Asks::DoneOn => "`on` is missing: the day on which it was done",
        }
    }
}
