//! States, moves, and the tables that say which move leads where.

use std::fmt;

pub(crate) use greenlane_terms::Words;

/// Who makes a move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Actor {
    /// An officer of the office.
    Officer,
    /// A supervisor of the office.
    Supervisor,
    /// The enterprise that the work is about, or that applied.
    Applicant,
    /// Greenlane itself, when a time has come or a fact has changed.
    System,
}

impl Actor {
    /// As in tables, errors and the log.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Actor::Officer => "officer",
            Actor::Supervisor => "supervisor",
            Actor::Applicant => "applicant",
            Actor::System => "system",
        }
    }
}

/// The states of one kind of work.
pub trait State: Copy + Eq + fmt::Debug + 'static {
    /// Its moves.
    type Step: Step;

    /// What this kind of work is called.
    const KIND: Words;

    /// All states; the first one is where it begins.
    const ALL: &'static [Self];

    /// Every move that is allowed: at most one for a state and a move.
    const RULES: &'static [Rule<Self>];

    /// As in the store, the log and the API.
    fn name(self) -> &'static str;

    /// As people read it.
    fn words(self) -> Words;

    /// The state of that name.
    #[must_use]
    fn of_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|state| state.name() == name)
    }
}

/// The moves of one kind of work.
pub trait Step: Copy + Eq + fmt::Debug + 'static {
    /// All moves.
    const ALL: &'static [Self];

    /// As in the log and the API.
    fn name(self) -> &'static str;

    /// As people read it.
    fn words(self) -> Words;

    /// The move of that name.
    #[must_use]
    fn of_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|step| step.name() == name)
    }
}

/// A move that is allowed.
#[derive(Clone, Copy, Debug)]
pub struct Rule<S: State> {
    /// From this state …
    pub from: S,
    /// … by this move …
    pub step: S::Step,
    /// … to this one.
    pub to: S,
    /// Who may make it.
    pub by: &'static [Actor],
    /// What it needs.
    pub needs: Words,
    /// The measure of the pack on which it rests; its article and instrument stand there.
    pub measure: &'static str,
}

/// The moves that a state allows.
pub fn allowed<S: State>(from: S) -> impl Iterator<Item = &'static Rule<S>> {
    S::RULES.iter().filter(move |rule| rule.from == from)
}

/// The rule for a move.
///
/// # Errors
/// The state does not allow it.
pub fn rule<S: State>(from: S, step: S::Step) -> Result<&'static Rule<S>, Illegal<S>> {
    allowed(from).find(|rule| rule.step == step).ok_or(Illegal { state: from, step })
}

/// A move that the state does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Illegal<S: State> {
    /// The state.
    pub state: S,
    /// The move.
    pub step: S::Step,
}

impl<S: State> Illegal<S> {
    /// In Chinese.
    #[must_use]
    pub fn zh(&self) -> String {
        let possible: Vec<&str> = allowed(self.state).map(|rule| rule.step.words().zh).collect();
        let possible = if possible.is_empty() { "无".to_owned() } else { possible.join("、") };
        let (kind, state, step) = (S::KIND.zh, self.state.words().zh, self.step.words().zh);
        format!("{kind}为“{state}”，不能“{step}”；可以：{possible}")
    }
}

impl<S: State> fmt::Display for Illegal<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, state, step) = (S::KIND.en, self.state.words().en, self.step.name());
        write!(f, "the {kind} is {state}, so `{step}` is not possible; possible: ")?;
        let mut any = false;
        for rule in allowed(self.state) {
            let by: Vec<&str> = rule.by.iter().map(|actor| actor.name()).collect();
            write!(f, "{}{} ({})", if any { ", " } else { "" }, rule.step.name(), by.join(" or "))?;
            any = true;
        }
        if any { Ok(()) } else { f.write_str("nothing more") }
    }
}

impl<S: State> std::error::Error for Illegal<S> {}

/// Declares the states and the moves of one kind of work with their names and words.
macro_rules! machine {
    (
        $(#[$state_doc:meta])* $state:ident ($kind_zh:literal, $kind_en:literal) {
            $($(#[$s_doc:meta])* $s:ident $s_name:literal $s_zh:literal $s_en:literal,)+
        }
        $(#[$step_doc:meta])* $step:ident {
            $($(#[$m_doc:meta])* $m:ident $m_name:tt $m_zh:literal $m_en:literal,)+
        }
        $($from:ident $by:ident => $to:ident [$($actor:ident),+] $measure:literal $needs_zh:literal $needs_en:literal;)+
    ) => {
        $(#[$state_doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $state { $($(#[$s_doc])* $s),+ }

        $(#[$step_doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $step { $($(#[$m_doc])* $m),+ }

        impl $crate::machine::State for $state {
            type Step = $step;
            const KIND: $crate::machine::Words = $crate::machine::Words { zh: $kind_zh, en: $kind_en };
            const ALL: &'static [Self] = &[$($state::$s),+];
            const RULES: &'static [$crate::machine::Rule<Self>] = &[$($crate::machine::Rule {
                from: $state::$from,
                step: $step::$by,
                to: $state::$to,
                by: &[$($crate::machine::Actor::$actor),+],
                needs: $crate::machine::Words { zh: $needs_zh, en: $needs_en },
                measure: $measure,
            }),+];

            fn name(self) -> &'static str {
                match self { $($state::$s => $s_name),+ }
            }

            fn words(self) -> $crate::machine::Words {
                match self { $($state::$s => $crate::machine::Words { zh: $s_zh, en: $s_en }),+ }
            }
        }

        impl $crate::machine::Step for $step {
            const ALL: &'static [Self] = &[$($step::$m),+];

            fn name(self) -> &'static str {
                match self { $($step::$m => $m_name),+ }
            }

            fn words(self) -> $crate::machine::Words {
                match self { $($step::$m => $crate::machine::Words { zh: $m_zh, en: $m_en }),+ }
            }
        }

        $crate::names::by_name!($state, concat!("state of a ", $kind_en), $crate::machine::State);
        $crate::names::by_name!($step, concat!("move of a ", $kind_en), $crate::machine::Step);
    };
}

pub(crate) use machine;
