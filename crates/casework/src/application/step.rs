//! Moves of applications of any kind: a name means the same in each of them.

use crate::names::by_name;

/// Declares the moves with their names.
macro_rules! steps {
    ($($(#[$doc:meta])* $step:ident $name:literal;)+) => {
        /// A move of an application. Which kinds have it, and what people call it there, each kind says.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ApplicationStep { $($(#[$doc])* $step),+ }

        impl ApplicationStep {
            /// All of them.
            pub const ALL: &'static [ApplicationStep] = &[$(ApplicationStep::$step),+];

            /// As in the log and the API.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(ApplicationStep::$step => $name),+ }
            }
        }
    };
}

steps! {
    /// It is handed in: the day whose law counts is fixed the first time.
    Submit "submit";
    /// Every condition holds.
    Pass "pass";
    /// Something that it rests on is not known.
    Lack "lack";
    /// A condition does not hold.
    Fail "fail";
    /// An officer says what the facts come to.
    Assess "assess";
    /// One person is for it.
    Review "review";
    /// Another person grants it.
    Approve "approve";
    /// Nobody has to come and look.
    Waive "waive";
    /// Somebody has to come and look after all.
    Restore "restore";
    /// Customs is for it, and another authority decides.
    Recommend "recommend";
    /// A disclosure counts as one.
    Accept "accept";
    /// A disclosure does not count as one.
    Decline "decline";
    /// The last day is later now.
    Extend "extend";
    /// What was owed is paid.
    Settle "settle";
    /// A farm is on file.
    File "file";
    /// An enterprise is in.
    Admit "admit";
    /// A certificate is issued.
    Issue "issue";
    /// An enterprise binds itself.
    Sign "sign";
    /// Customs is against it.
    Refuse "refuse";
    /// A test was passed.
    PassTest "pass_test";
    /// A test was failed.
    FailTest "fail_test";
    /// It is not made any more.
    Retire "retire";
    /// An enterprise is in no longer.
    Leave "leave";
    /// What it rested on holds no longer before it came to anything.
    Fall "fall";
    /// The enterprise does not want it any more.
    Withdraw "withdraw";
    /// Something is due soon.
    Remind "remind";
    /// What was due is over, and was not done.
    Lapse "lapse";
    /// What is due is later now.
    Renew "renew";
    /// Its first day has come.
    Begin "begin";
    /// Its last day is over.
    Expire "expire";
    /// Not in force for now.
    Suspend "suspend";
    /// In force again.
    Resume "resume";
    /// It is taken back for good.
    Revoke "revoke";
}

impl ApplicationStep {
    /// The move of that name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<ApplicationStep> {
        ApplicationStep::ALL.iter().copied().find(|step| step.name() == name)
    }

    /// Whether it may say facts: what was missing, what was assessed, what is undertaken.
    #[must_use]
    pub const fn states_facts(self) -> bool {
        matches!(self, ApplicationStep::Submit | ApplicationStep::Assess | ApplicationStep::Sign)
    }
}

by_name!(ApplicationStep, "move of an application");

impl std::fmt::Display for ApplicationStep {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// Declares a kind of application: as [`machine!`](crate::machine), with its moves as moves of any kind.
macro_rules! procedure {
    (
        $(#[$state_doc:meta])* $state:ident $kind:tt $states:tt
        $(#[$step_doc:meta])* $step:ident {
            $($(#[$m_doc:meta])* $m:ident $zh:literal $en:literal,)+
        }
        $($rules:tt)+
    ) => {
        machine! {
            $(#[$state_doc])* $state $kind $states
            $(#[$step_doc])* $step {
                $($(#[$m_doc])* $m (crate::application::ApplicationStep::$m.name()) $zh $en,)+
            }
            $($rules)+
        }

        impl From<$step> for crate::application::ApplicationStep {
            fn from(step: $step) -> Self {
                match step { $($step::$m => Self::$m),+ }
            }
        }

        impl TryFrom<crate::application::ApplicationStep> for $step {
            type Error = crate::application::ApplicationError;

            fn try_from(step: crate::application::ApplicationStep) -> Result<Self, Self::Error> {
                <$step as crate::machine::Step>::ALL.iter().copied()
                    .find(|known| crate::application::ApplicationStep::from(*known) == step)
                    .ok_or(crate::application::ApplicationError::NoMove)
            }
        }
    };
}

pub(super) use procedure;

#[cfg(test)]
mod tests {
    use super::ApplicationStep;
    use crate::application::ApplicationKind;

    #[test]
    fn every_move_has_a_name_of_its_own_and_belongs_to_a_kind() {
        for (at, step) in ApplicationStep::ALL.iter().enumerate() {
            assert_eq!(ApplicationStep::of_name(step.name()), Some(*step));
            assert_eq!(ApplicationStep::ALL.iter().position(|other| other.name() == step.name()), Some(at));
            assert!(ApplicationKind::ALL.iter().any(|kind| kind.steps().contains(step)), "{step}");
        }
        assert_eq!(ApplicationStep::of_name("vanish"), None);
    }
}
