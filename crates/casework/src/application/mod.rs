//! Applications: what an enterprise asks customs for, from its draft to its end.
//!
//! Each kind has states and moves of its own ([`Procedure`]), one module each. What all have in common is here, and goes by
//! moves, which mean the same in every kind ([`ApplicationStep`]): `submit` fixes the day whose law counts, `review` and `approve`
//! are made by two people, `begin` and `expire` follow the days of validity, `remind` and `lapse` the day on which
//! something is due. What the law says about an application ([`Verdict`]) is decided elsewhere; here is what follows.

#[macro_use]
mod kind;

mod admission;
mod certificate;
mod disclosure;
mod errors;
mod filing;
mod packaging;
mod registration;
mod step;
mod telling;
mod undertaking;
mod waiver;

pub use admission::{AdmissionMove, AdmissionRefusal, AdmissionState, Turn};
pub use certificate::{CertificateMove, CertificateState};
pub use disclosure::{DisclosureMove, DisclosureState};
pub use errors::ApplicationError;
pub use filing::{FilingMove, FilingState};
pub use kind::{AnyState, ApplicationKind, CUSTOMS_TURN, Possible};
pub use packaging::{PackagingMove, PackagingState};
pub use registration::{RegistrationMove, RegistrationState};
pub use step::ApplicationStep;
pub use telling::{Telling, telling};
pub use undertaking::{UndertakingMove, UndertakingState};
pub use waiver::{WaiverMove, WaiverState};

use greenlane_terms::calendar::Day;

use crate::machine::{Actor, Rule, State, allowed, rule};

/// What the law says about an application on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What the conditions of its measure came to.
    pub check: Check,
    /// Whether a measure puts it first.
    pub goes_first: bool,
    /// Whether a measure waives the review on site.
    pub waives_review: bool,
    /// The last day for what has to be done next.
    pub due: Option<Day>,
}

/// What the conditions of a measure came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Check {
    /// All hold.
    Granted,
    /// One or more do not.
    Refused,
    /// None is false, and something is not known.
    Undetermined,
}

/// Who makes a move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct By<'a> {
    /// As what.
    pub actor: Actor,
    /// Login.
    pub person: &'a str,
}

/// What a move says besides its ground.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// First day of validity.
    pub from: Option<Day>,
    /// Last day of validity.
    pub to: Option<Day>,
    /// The day of what was done, or the last day for what is to be done.
    pub on: Option<Day>,
}

/// What a move has to say besides its ground.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Asks {
    /// Nothing.
    Nothing,
    /// From when to when it holds.
    Period,
    /// The last day for what has to be done next, today or later.
    LastDay,
    /// The day on which something was done, today or earlier.
    DoneOn,
}

/// States and moves of one kind of application, and what is special about them.
pub trait Procedure:
    State<Step: Into<ApplicationStep> + TryFrom<ApplicationStep, Error = ApplicationError>>
{
    /// Whether what the law says counts in this state.
    fn rests_on_law(self) -> bool;

    /// What follows from what the law says.
    fn by_law(self, application: &Application, verdict: &Verdict) -> Option<Self::Step>;

    /// Whether the law says by when the next thing is due in this state; otherwise it stays as it is.
    fn is_due_by_law(self) -> bool {
        false
    }

    /// Whether the law says who goes first in this state; otherwise it stays as it is.
    fn is_ranked(self) -> bool {
        self.rests_on_law()
    }

    /// What happens at once when something about the enterprise has changed.
    fn when_touched() -> Option<Self::Step> {
        None
    }

    /// What a move has to say.
    fn asks(_step: Self::Step) -> Asks {
        Asks::Nothing
    }

    /// As one of all kinds.
    fn any(self) -> AnyState;
}

/// An application as far as its moves go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// How far it has come.
    pub state: AnyState,
    /// The day on which it was submitted first.
    pub submitted_on: Option<Day>,
    /// Who reviewed it.
    pub reviewed_by: Option<String>,
    /// Who approved it: never the same person.
    pub approved_by: Option<String>,
    /// First day of validity.
    pub from: Option<Day>,
    /// Last day of validity.
    pub to: Option<Day>,
    /// The last day for what has to be done next.
    pub due: Option<Day>,
    /// The last day of which somebody was reminded.
    pub reminded_of: Option<Day>,
    /// Whether a measure puts it first.
    pub goes_first: bool,
    /// Whether it was suspended by itself, since something was not known: then it comes back by itself too.
    pub rests: bool,
}

/// A move that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// Which one.
    pub step: ApplicationStep,
    /// The state before it.
    pub from: AnyState,
    /// The measure on which it rests.
    pub measure: &'static str,
    /// The application after it.
    pub application: Application,
}

impl Application {
    /// A new draft.
    #[must_use]
    pub const fn draft(kind: ApplicationKind) -> Application {
        Application {
            state: kind.first(),
            submitted_on: None,
            reviewed_by: None,
            approved_by: None,
            from: None,
            to: None,
            due: None,
            reminded_of: None,
            goes_first: false,
            rests: false,
        }
    }

    /// Whether it is its author's and its applicant's alone: a disclosure that has not been submitted. Customs must not learn
    /// of the violation from a draft, or it would be customs that found it first (article 8).
    #[must_use]
    pub fn is_private(&self) -> bool {
        matches!(self.state, AnyState::VoluntaryDisclosure(_)) && self.submitted_on.is_none()
    }

    /// Whether a move takes another person than this one: whoever reviewed it does not approve it.
    #[must_use]
    pub fn is_barred(&self, step: ApplicationStep, person: &str) -> bool {
        step == ApplicationStep::Approve && self.reviewed_by.as_deref() == Some(person)
    }

    /// A move by a person.
    ///
    /// # Errors
    /// There is no such move, the state does not allow it, it is another one's move, or what it has to say is missing or
    /// wrong.
    pub fn moved(
        &self,
        step: ApplicationStep,
        by: By<'_>,
        given: Given,
        today: Day,
    ) -> Result<Made, ApplicationError> {
        typed!(self.state, state => self.moved_from(state, step, by, given, today))
    }

    fn moved_from<S: Procedure>(
        &self,
        state: S,
        step: ApplicationStep,
        by: By<'_>,
        given: Given,
        today: Day,
    ) -> Result<Made, ApplicationError> {
        let rule = rule(state, step.try_into()?)?;
        if !rule.by.contains(&by.actor) || by.actor == Actor::System {
            return Err(ApplicationError::not_of(rule, by.actor));
        }
        let mut made = self.made(rule);
        let after = &mut made.application;
        match (S::asks(rule.step), given) {
            (Asks::Nothing, _) => {}
            (Asks::Period, Given { from: Some(from), to: Some(to), .. }) if from <= to => {
                (after.from, after.to) = (Some(from), Some(to));
            }
            (Asks::Period, Given { from: Some(_), to: Some(_), .. }) => return Err(ApplicationError::Days),
            (Asks::LastDay, Given { on: Some(day), .. }) if day >= today => after.due = Some(day),
            (Asks::DoneOn, Given { on: Some(day), .. }) if day <= today => {}
            (Asks::LastDay | Asks::DoneOn, Given { on: Some(_), .. }) => return Err(ApplicationError::Day),
            (asks, _) => return Err(ApplicationError::Missing { asks }),
        }
        match step {
            ApplicationStep::Submit => {
                // Whatever was said about an earlier version of it.
                after.reviewed_by = None;
                after.submitted_on = after.submitted_on.or(Some(today));
            }
            ApplicationStep::Review => after.reviewed_by = Some(by.person.to_owned()),
            ApplicationStep::Approve if self.is_barred(step, by.person) => {
                return Err(ApplicationError::SamePerson { person: by.person.to_owned() });
            }
            ApplicationStep::Approve => after.approved_by = Some(by.person.to_owned()),
            _ => {}
        }
        Ok(made)
    }

    fn made<S: Procedure>(&self, rule: &Rule<S>) -> Made {
        let mut application = Application { state: rule.to.any(), rests: false, ..self.clone() };
        let step = rule.step.into();
        match step {
            ApplicationStep::Remind => application.reminded_of = self.due,
            // Nothing is waited for any more.
            _ if application.state.is_over() => application.due = None,
            _ => {}
        }
        Made { step, from: self.state, measure: rule.measure, application }
    }

    /// What happens by itself on a day, each move with the application after it. `verdict` is what the law says; `None`
    /// where it does not count. People are reminded `notice_days` before something is due.
    #[must_use]
    pub fn by_itself(
        &self,
        today: Day,
        notice_days: i32,
        verdict: Option<&Verdict>,
    ) -> (Application, Vec<Made>) {
        let (mut now, mut moves) = (self.clone(), Vec::new());
        while let Some(made) = typed!(now.state, state => now.next_from(state, today, notice_days, verdict)) {
            now = made.application.clone();
            moves.push(made);
        }
        (now, moves)
    }

    fn next_from<S: Procedure>(
        &mut self,
        state: S,
        today: Day,
        notice_days: i32,
        verdict: Option<&Verdict>,
    ) -> Option<Made> {
        if let Some(verdict) = verdict {
            self.due = if state.is_due_by_law() { verdict.due } else { self.due };
            self.goes_first = if state.is_ranked() { verdict.goes_first } else { self.goes_first };
        }
        let has_come = |rule: &&Rule<S>, steps: &[ApplicationStep]| {
            steps.contains(&rule.step.into()) && self.has_come(rule, today, notice_days)
        };
        let by_law = verdict.filter(|_| state.rests_on_law()).and_then(|verdict| state.by_law(self, verdict));
        let rule = allowed(state)
            .find(|rule| has_come(rule, &[ApplicationStep::Expire, ApplicationStep::Lapse]))
            .or_else(|| by_law.and_then(|step| rule(state, step).ok()))
            .or_else(|| {
                allowed(state).find(|rule| {
                    has_come(rule, &[ApplicationStep::Begin, ApplicationStep::Renew, ApplicationStep::Remind])
                })
            })?;
        let mut made = self.made(rule);
        made.application.rests = made.step == ApplicationStep::Suspend;
        Some(made)
    }

    /// Whether the day of a move has come that follows from the calendar.
    fn has_come<S: Procedure>(&self, rule: &Rule<S>, today: Day, notice_days: i32) -> bool {
        let over = |day: Option<Day>| day.is_some_and(|day| day < today);
        let can_lapse = || allowed(rule.from).any(|rule| rule.step.into() == ApplicationStep::Lapse);
        match rule.step.into() {
            ApplicationStep::Expire => over(self.to),
            ApplicationStep::Lapse => over(self.due),
            ApplicationStep::Begin => self.from.is_some_and(|first| first <= today),
            ApplicationStep::Renew => self.due.is_some_and(|due| {
                if can_lapse() { due.plus_days(-notice_days) > today } else { due >= today }
            }),
            // A reminder that leads to another state is one; a reminder that stays where it is comes once.
            ApplicationStep::Remind => {
                let once = rule.from != rule.to || self.reminded_of != self.due;
                once && self.due.is_some_and(|due| due.plus_days(-notice_days) <= today)
            }
            _ => false,
        }
    }

    /// What happens at once when something about the enterprise has changed: what is in force rests until it is looked at.
    #[must_use]
    pub fn touched(&self) -> Option<Made> {
        typed!(self.state, state => self.touched_in(state))
    }

    fn touched_in<S: Procedure>(&self, state: S) -> Option<Made> {
        let mut made = self.made(rule(state, S::when_touched()?).ok()?);
        made.application.rests = true;
        Some(made)
    }

    /// The next day on which something may happen by itself, if nothing changes before.
    #[must_use]
    pub fn next_look(&self, notice_days: i32) -> Option<Day> {
        let day = |step: &ApplicationStep| match step {
            ApplicationStep::Begin => self.from,
            ApplicationStep::Expire => self.to.map(|day| day.plus_days(1)),
            ApplicationStep::Lapse => self.due.map(|day| day.plus_days(1)),
            _ => self.due.filter(|due| self.reminded_of != Some(*due)).map(|due| due.plus_days(-notice_days)),
        };
        use ApplicationStep::{Begin, Expire, Lapse, Remind};
        let steps = [Begin, Expire, Lapse, Remind];
        steps.iter().filter(|step| self.state.made_by(**step).is_some()).filter_map(day).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The application after a move that has to say nothing, or a period.
    pub(super) fn moved(of: &Application, step: ApplicationStep, actor: Actor, person: &str) -> Application {
        of.moved(step, By { actor, person }, Given::default(), Day(100)).unwrap().application
    }

    /// The application after a move that says a day.
    pub(super) fn moved_on(
        of: &Application,
        step: ApplicationStep,
        actor: Actor,
        on: i32,
        today: i32,
    ) -> Application {
        let given = Given { on: Some(Day(on)), ..Given::default() };
        of.moved(step, By { actor, person: "wang" }, given, Day(today)).unwrap().application
    }

    pub(super) fn refused(of: &Application, step: ApplicationStep, actor: Actor) -> ApplicationError {
        of.moved(step, By { actor, person: "wang" }, Given::default(), Day(100)).unwrap_err()
    }

    pub(super) fn steps(moves: &[Made]) -> Vec<&'static str> {
        moves.iter().map(|made| made.step.name()).collect()
    }

    /// What happens by itself on a day, with what the conditions come to.
    pub(super) fn check(of: &Application, day: i32, check: Check) -> (Application, Vec<&'static str>) {
        let verdict = Verdict { check, goes_first: false, waives_review: false, due: None };
        let (after, moves) = of.by_itself(Day(day), 7, Some(&verdict));
        (after, steps(&moves))
    }

    pub(super) fn states_after(
        of: &Application,
        day: i32,
        verdict: Check,
    ) -> (Vec<&'static str>, &'static str) {
        let (after, moves) = check(of, day, verdict);
        (moves, after.state.name())
    }

    /// What happens by itself on a day, with another last day by law.
    pub(super) fn states_due(
        of: &Application,
        day: i32,
        notice_days: i32,
        due: i32,
    ) -> (Vec<&'static str>, &'static str) {
        let verdict =
            Verdict { check: Check::Granted, goes_first: false, waives_review: false, due: Some(Day(due)) };
        let (after, moves) = of.by_itself(Day(day), notice_days, Some(&verdict));
        (steps(&moves), after.state.name())
    }

    #[test]
    fn names_lead_back_to_kinds_and_states() {
        for kind in ApplicationKind::ALL {
            assert_eq!(ApplicationKind::of_name(kind.name()), Some(*kind));
            assert_eq!(kind.first(), Application::draft(*kind).state);
            for name in kind.states() {
                let state = kind.state(name).unwrap();
                assert_eq!((state.kind(), state.name()), (*kind, name));
            }
        }
        assert_eq!(ApplicationKind::of_name("card_request"), None);
        assert_eq!(ApplicationKind::Admission.state("in_force"), None);
    }
}
