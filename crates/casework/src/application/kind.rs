//! Kinds of applications, and a state of any of them.

use greenlane_terms::Words;
use serde::{Serialize, Serializer};

use super::{
    AdmissionState, ApplicationStep, Asks, CertificateState, DisclosureState, FilingState, PackagingState,
    Procedure, RegistrationState, UndertakingState, WaiverState,
};
use crate::machine::{Actor, State, Step, allowed};
use crate::names::by_name;

/// Kinds of applications with their states, one line each.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $name:literal $state:ident;)+) => {
        /// What is asked for; its name is the matter that an application of it is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ApplicationKind { $($(#[$doc])* $kind),+ }

        /// A state of any kind of application.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum AnyState { $($(#[$doc])* $kind($state)),+ }

        impl ApplicationKind {
            /// All of them.
            pub const ALL: &'static [ApplicationKind] = &[$(ApplicationKind::$kind),+];

            /// As in packs, the API and the log.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(ApplicationKind::$kind => $name),+ }
            }

            /// As people read it.
            #[must_use]
            pub const fn words(self) -> Words {
                match self { $(ApplicationKind::$kind => <$state as State>::KIND),+ }
            }

            /// Where it begins.
            #[must_use]
            pub const fn first(self) -> AnyState {
                match self { $(ApplicationKind::$kind => AnyState::$kind(<$state as State>::ALL[0])),+ }
            }

            /// Names of its states, the first one first.
            #[must_use]
            pub fn states(self) -> Vec<&'static str> {
                match self { $(ApplicationKind::$kind => <$state as State>::ALL.iter().map(|state| state.name()).collect()),+ }
            }

            /// Its moves.
            #[must_use]
            pub fn steps(self) -> Vec<ApplicationStep> {
                match self { $(ApplicationKind::$kind => {
                    <<$state as State>::Step as Step>::ALL.iter().map(|step| (*step).into()).collect()
                }),+ }
            }

            /// The moves that people make.
            #[must_use]
            pub fn steps_of_people(self) -> Vec<ApplicationStep> {
                match self { $(ApplicationKind::$kind => people_of::<$state>()),+ }
            }

            /// The state of that name.
            #[must_use]
            pub fn state(self, name: &str) -> Option<AnyState> {
                match self { $(ApplicationKind::$kind => <$state as State>::of_name(name).map(AnyState::$kind)),+ }
            }
        }

        impl AnyState {
            /// What is asked for.
            #[must_use]
            pub const fn kind(self) -> ApplicationKind {
                match self { $(AnyState::$kind(_) => ApplicationKind::$kind),+ }
            }
        }

        /// Runs an expression with the state as its own type.
        macro_rules! typed {
            ($any:expr, $typed:ident => $body:expr) => {
                match $any { $(AnyState::$kind($typed) => $body),+ }
            };
        }
    };
}

kinds! {
    /// Two-step declaration without a guarantee for tax (article 7).
    GuaranteeWaiver "guarantee_waiver" WaiverState;
    /// A violation that an enterprise discloses before customs finds it (article 8).
    VoluntaryDisclosure "voluntary_disclosure" DisclosureState;
    /// Registration with the authority of another country (articles 3 and 5).
    ForeignRegistration "foreign_registration" RegistrationState;
    /// Filing of a farm that raises raw material for aquatic products (article 5).
    FarmFiling "farm_filing" FilingState;
    /// Admission to a reform or pilot (articles 4 and 13).
    Admission "admission" AdmissionState;
    /// Performance tests of dangerous-goods packaging (article 2).
    PackagingTest "packaging_test" PackagingState;
    /// A carrier's credit undertaking (article 10).
    CarrierUndertaking "carrier_undertaking" UndertakingState;
    /// A certificate for exported goods (article 3).
    ExportCertificate "export_certificate" CertificateState;
}

impl ApplicationKind {
    /// The kind of that name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<ApplicationKind> {
        ApplicationKind::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}

by_name!(ApplicationKind, "kind of application");

/// Names of the states in which it is customs' turn: the application goes no further before an officer or a supervisor acts.
pub const CUSTOMS_TURN: [&str; 6] = ["submitted", "checked", "reviewed", "waived", "eligible", "accepted"];

impl AnyState {
    /// As in the store, the log and the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        typed!(self, state => state.name())
    }

    /// As people read it.
    #[must_use]
    pub fn words(self) -> Words {
        typed!(self, state => state.words())
    }

    /// Whether nothing more can happen.
    #[must_use]
    pub fn is_over(self) -> bool {
        typed!(self, state => allowed(state).next().is_none())
    }

    /// Whether what the law says counts in this state.
    #[must_use]
    pub fn rests_on_law(self) -> bool {
        typed!(self, state => state.rests_on_law())
    }

    /// What it allows: each move, who makes it, and what it needs.
    #[must_use]
    pub fn possible(self) -> Vec<Possible> {
        typed!(self, state => allowed(state)
            .map(|rule| Possible {
                step: rule.step.into(),
                words: rule.step.words(),
                by: rule.by,
                needs: rule.needs,
                asks: asks_of(state, rule.step),
            })
            .collect())
    }

    /// Moves of people that it allows.
    #[must_use]
    pub fn moves(self) -> Vec<ApplicationStep> {
        let by_people = |possible: &Possible| possible.by.iter().any(|actor| *actor != Actor::System);
        self.possible().into_iter().filter(by_people).map(|possible| possible.step).collect()
    }

    /// Who makes a move of that kind in some state.
    #[must_use]
    pub fn made_by_in_any(self, step: ApplicationStep) -> Vec<Actor> {
        fn of<S: Procedure>(_: S, step: ApplicationStep) -> Vec<Actor> {
            S::RULES
                .iter()
                .filter(|rule| rule.step.into() == step)
                .flat_map(|rule| rule.by)
                .copied()
                .collect()
        }
        typed!(self, state => of(state, step))
    }

    /// Who makes a move; `None` if the state does not allow it.
    #[must_use]
    pub fn made_by(self, step: ApplicationStep) -> Option<&'static [Actor]> {
        fn of<S: Procedure>(state: S, step: ApplicationStep) -> Option<&'static [Actor]> {
            allowed(state).find(|rule| rule.step.into() == step).map(|rule| rule.by)
        }
        typed!(self, state => of(state, step))
    }
}

/// By its name, which means one state where the kind is known: [`ApplicationKind::state`] reads it.
impl Serialize for AnyState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// A move that a state allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Possible {
    /// Which one.
    pub step: ApplicationStep,
    /// What people call it.
    pub words: Words,
    /// Who may make it.
    pub by: &'static [Actor],
    /// What it needs.
    pub needs: Words,
    /// What it has to say besides its ground.
    pub asks: Asks,
}

fn asks_of<S: Procedure>(_: S, step: S::Step) -> Asks {
    S::asks(step)
}

/// Moves that somebody other than Greenlane itself makes.
fn people_of<S: Procedure>() -> Vec<ApplicationStep> {
    let by_people = |step: &S::Step| {
        S::RULES.iter().any(|rule| rule.step == *step && rule.by.iter().any(|by| *by != Actor::System))
    };
    S::Step::ALL.iter().filter(|step| by_people(step)).map(|step| (*step).into()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Moves of customs that bring an application further.
    const FURTHER: [ApplicationStep; 9] = [
        ApplicationStep::Review,
        ApplicationStep::Approve,
        ApplicationStep::Accept,
        ApplicationStep::Settle,
        ApplicationStep::Assess,
        ApplicationStep::Recommend,
        ApplicationStep::File,
        ApplicationStep::Admit,
        ApplicationStep::Issue,
    ];

    #[test]
    fn it_is_customs_turn_where_customs_can_bring_an_application_further() {
        for kind in ApplicationKind::ALL {
            for name in kind.states() {
                let possible = kind.state(name).unwrap().possible();
                let of_customs = |one: &Possible| {
                    FURTHER.contains(&one.step)
                        && one.by.iter().all(|actor| matches!(actor, Actor::Officer | Actor::Supervisor))
                };
                let is_turn = possible.iter().any(of_customs);
                // An application of one kind may wait for Greenlane where one of another kind waits for customs.
                assert!(!is_turn || CUSTOMS_TURN.contains(&name), "{} {name}", kind.name());
            }
        }
        for name in CUSTOMS_TURN {
            assert!(ApplicationKind::ALL.iter().any(|kind| kind.states().contains(&name)), "{name}");
        }
    }
}
