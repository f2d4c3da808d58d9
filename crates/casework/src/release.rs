//! The way of a pack into force: its states, who may move it, and which pack is in force on a day.

use greenlane_terms::calendar::Day;
use greenlane_terms::numbers::{EntryNumber, PackNumber};

use crate::names::by_name;

/// How far a pack has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReleaseState {
    /// It has no problems and its cases pass.
    Uploaded,
    /// A second person is asked to approve it.
    Submitted,
    /// In force from a day on, as long as no pack with a later day is.
    Approved,
    /// Refused by somebody.
    Rejected,
    /// In force as before, until a second person approves or rejects that it is withdrawn.
    WithdrawalRequested,
    /// Taken back.
    Withdrawn,
}

impl ReleaseState {
    /// All states.
    pub const ALL: [ReleaseState; 6] = [
        ReleaseState::Uploaded,
        ReleaseState::Submitted,
        ReleaseState::Approved,
        ReleaseState::Rejected,
        ReleaseState::WithdrawalRequested,
        ReleaseState::Withdrawn,
    ];

    /// As in the database, the log and the API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            ReleaseState::Uploaded => "uploaded",
            ReleaseState::Submitted => "submitted",
            ReleaseState::Approved => "approved",
            ReleaseState::Rejected => "rejected",
            ReleaseState::WithdrawalRequested => "withdrawal_requested",
            ReleaseState::Withdrawn => "withdrawn",
        }
    }

    /// Whether it counts as law, from its first day on.
    #[must_use]
    pub const fn is_law(self) -> bool {
        matches!(self, ReleaseState::Approved | ReleaseState::WithdrawalRequested)
    }

    /// The state of that name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<ReleaseState> {
        ReleaseState::ALL.into_iter().find(|state| state.name() == name)
    }
}

by_name!(ReleaseState, "state of a pack");

/// One move of a pack, as it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseMove {
    /// Entry of the log that says the same.
    pub entry: EntryNumber,
    /// The state it led to.
    pub state: ReleaseState,
    /// Who made it.
    pub person: String,
    /// When, in microseconds since 1970-01-01 UTC.
    pub at_us: i64,
    /// Why.
    pub reason: Option<String>,
    /// First day in force, for an approval.
    pub from: Option<Day>,
}

/// A pack with its way so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Number of the pack in the store.
    pub number: PackNumber,
    /// Identifier of the pack.
    pub id: String,
    /// Hash of its files.
    pub hash: String,
    /// How far it has come.
    pub state: ReleaseState,
    /// First day in force; `None` unless it is approved.
    pub from: Option<Day>,
    /// Its moves, the first one first.
    pub moves: Vec<ReleaseMove>,
}

impl Release {
    /// What everybody may know of it: that it was approved, from when on, and that it was withdrawn; `None` if it was never
    /// approved. What was proposed and why, and what was rejected, is told to those who change the law or audit it.
    #[must_use]
    pub fn published(mut self) -> Option<Release> {
        let mut was_law = false;
        self.moves.retain(|made| match made.state {
            ReleaseState::Approved => !std::mem::replace(&mut was_law, true),
            ReleaseState::Withdrawn => std::mem::replace(&mut was_law, false),
            _ => false,
        });
        let last = self.moves.last()?;
        (self.state, self.from) = (last.state, last.from);
        Some(self)
    }
}

/// Who moves a pack, when and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mover {
    /// The person.
    pub person: String,
    /// When, in microseconds since 1970-01-01 UTC.
    pub at_us: i64,
    /// That moment's day in China Standard Time.
    pub today: Day,
    /// Why.
    pub reason: Option<String>,
}

/// A move that somebody asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReleaseStep {
    /// Ask a second person to approve it.
    Submit,
    /// Put it in force from a day on.
    Approve {
        /// First day.
        from: Day,
    },
    /// Refuse it.
    Reject,
    /// Take it back; what has begun to be law stays law until a second person approves that.
    Withdraw,
    /// Take back what somebody else asked to have taken back.
    ApproveWithdrawal,
    /// Leave in force what somebody asked to have taken back.
    RejectWithdrawal,
}

impl ReleaseStep {
    /// The state it leads to.
    #[must_use]
    pub const fn state(self) -> ReleaseState {
        match self {
            ReleaseStep::Submit => ReleaseState::Submitted,
            ReleaseStep::Approve { .. } | ReleaseStep::RejectWithdrawal => ReleaseState::Approved,
            ReleaseStep::Reject => ReleaseState::Rejected,
            ReleaseStep::Withdraw | ReleaseStep::ApproveWithdrawal => ReleaseState::Withdrawn,
        }
    }

    /// The state it leads to with a pack on a day: what has begun to be law is not withdrawn by one person.
    #[must_use]
    pub fn state_of(self, release: &Release, today: Day) -> ReleaseState {
        let has_begun = release.state.is_law() && release.from.is_none_or(|from| from <= today);
        match self {
            ReleaseStep::Withdraw if has_begun => ReleaseState::WithdrawalRequested,
            _ => self.state(),
        }
    }

    /// The states from which it may be taken.
    #[must_use]
    pub const fn starts_from(self) -> &'static [ReleaseState] {
        use ReleaseState::{Approved, Submitted, Uploaded, WithdrawalRequested};
        match self {
            ReleaseStep::Submit => &[Uploaded],
            ReleaseStep::Approve { .. } => &[Submitted],
            ReleaseStep::Reject => &[Uploaded, Submitted],
            ReleaseStep::Withdraw => &[Uploaded, Submitted, Approved],
            ReleaseStep::ApproveWithdrawal | ReleaseStep::RejectWithdrawal => &[WithdrawalRequested],
        }
    }
}

/// Why a pack is not moved.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseFault {
    /// There is no such pack.
    #[error("there is no pack {number}")]
    NoSuchPack {
        /// As asked for.
        number: PackNumber,
    },
    /// Its state does not allow the move.
    #[error("pack {number} is {}, so it cannot become {}", .found.name(), .wanted.name())]
    State {
        /// The pack.
        number: PackNumber,
        /// Its state.
        found: ReleaseState,
        /// The state that was asked for.
        wanted: ReleaseState,
    },
    /// Whoever brought a pack cannot approve it, nor whoever asked for its withdrawal approve that.
    #[error("{person} {} pack {number}: another person has to approve it", .did.name().replace('_', " "))]
    SamePerson {
        /// The pack.
        number: PackNumber,
        /// The person.
        person: String,
        /// What that person did with it.
        did: ReleaseState,
    },
    /// A law is not put in force for days that are over.
    #[error("a pack comes into force today ({today}) or later, not on {from}")]
    Past {
        /// The day that was asked for.
        from: Day,
        /// The day it is.
        today: Day,
    },
    /// Without this pack there would be no law.
    #[error("pack {number} cannot be withdrawn: no other pack would be in force")]
    OnlyLaw {
        /// The pack.
        number: PackNumber,
    },
}

/// An approved pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Approval {
    /// First day in force.
    pub from: Day,
    /// Entry of the log with the approval.
    pub entry: EntryNumber,
    /// Number of the pack.
    pub number: PackNumber,
}

/// Which pack is in force on a day: the one whose first day came last, and of several with that day the one approved
/// last. Before all first days it is the earliest pack, since there is always a law.
#[must_use]
pub fn in_force_on(approvals: &[Approval], day: Day) -> Option<Approval> {
    let order = |approval: &&Approval| (approval.from, approval.entry);
    let begun = approvals.iter().filter(|approval| approval.from <= day).max_by_key(order);
    begun.or_else(|| approvals.iter().min_by_key(order)).copied()
}

/// Whether a step may be taken; `others` are the approvals of all other packs.
///
/// # Errors
/// See [`ReleaseFault`].
pub fn check_release(
    release: &Release,
    step: ReleaseStep,
    by: &Mover,
    others: &[Approval],
) -> Result<(), ReleaseFault> {
    let number = release.number;
    if !step.starts_from().contains(&release.state) {
        return Err(ReleaseFault::State { number, found: release.state, wanted: step.state() });
    }
    match step {
        ReleaseStep::Approve { from } => {
            if let Some(own) = this_round(release).iter().find(|made| made.person == by.person) {
                let person = by.person.clone();
                return Err(ReleaseFault::SamePerson { number, person, did: own.state });
            }
            if from < by.today {
                return Err(ReleaseFault::Past { from, today: by.today });
            }
        }
        ReleaseStep::ApproveWithdrawal if asked_to_withdraw(release) == Some(by.person.as_str()) => {
            let did = ReleaseState::WithdrawalRequested;
            return Err(ReleaseFault::SamePerson { number, person: by.person.clone(), did });
        }
        ReleaseStep::Withdraw | ReleaseStep::ApproveWithdrawal
            if release.state.is_law() && !others.iter().any(|other| other.from <= by.today) =>
        {
            return Err(ReleaseFault::OnlyLaw { number });
        }
        _ => {}
    }
    Ok(())
}

/// Who asked last that a pack be withdrawn.
fn asked_to_withdraw(release: &Release) -> Option<&str> {
    let asked = release.moves.iter().rfind(|made| made.state == ReleaseState::WithdrawalRequested);
    asked.map(|made| made.person.as_str())
}

/// The moves since the last upload: a pack that was rejected or withdrawn may come again.
fn this_round(release: &Release) -> &[ReleaseMove] {
    let start = release.moves.iter().rposition(|made| made.state == ReleaseState::Uploaded);
    &release.moves[start.unwrap_or(0)..]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn approval(from: &str, entry: u64, number: u64) -> Approval {
        Approval { from: day(from), entry: EntryNumber::new(entry), number: PackNumber::new(number) }
    }

    #[test]
    fn the_pack_in_force_is_the_one_whose_first_day_came_last() {
        let approvals = [
            approval("2024-04-06", 0, 1),
            approval("2026-12-01", 10, 2),
            approval("2026-11-24", 12, 3),
            approval("2026-11-24", 11, 4),
        ];
        let number = |on| in_force_on(&approvals, day(on)).map(|found| found.number.get());
        assert_eq!(number("2026-11-23"), Some(1));
        assert_eq!(number("2026-11-24"), Some(3), "of two that day the one approved last");
        assert_eq!(number("2026-11-30"), Some(3));
        assert_eq!(number("2026-12-01"), Some(2), "its day comes, whatever was approved meanwhile");
        assert_eq!(number("2020-01-01"), Some(1), "there is always a law");
        assert_eq!(in_force_on(&[], day("2026-11-24")), None);
    }

    #[test]
    fn a_pack_that_comes_again_needs_a_second_person_again_but_not_a_third() {
        let made = |entry, state, person: &str| ReleaseMove {
            entry: EntryNumber::new(entry),
            state,
            person: person.into(),
            at_us: 0,
            reason: None,
            from: None,
        };
        use ReleaseState::{Rejected, Submitted, Uploaded};
        let release = Release {
            number: PackNumber::new(2),
            id: "x".into(),
            hash: "y".into(),
            state: Submitted,
            from: None,
            moves: vec![
                made(1, Uploaded, "li"),
                made(2, Rejected, "wang"),
                made(3, Uploaded, "wang"),
                made(4, Submitted, "zhao"),
            ],
        };
        let approve = |person: &str, from: &str| {
            let by = Mover { person: person.into(), at_us: 0, today: day("2026-11-24"), reason: None };
            check_release(&release, ReleaseStep::Approve { from: day(from) }, &by, &[])
                .map_err(|error| error.to_string())
        };
        assert_eq!(
            approve("wang", "2026-11-24"),
            Err("wang uploaded pack 2: another person has to approve it".into())
        );
        assert_eq!(
            approve("zhao", "2026-11-24"),
            Err("zhao submitted pack 2: another person has to approve it".into())
        );
        assert_eq!(approve("li", "2026-11-24"), Ok(()), "li uploaded it in an earlier round only");
        assert!(approve("li", "2026-11-23").unwrap_err().contains("today (2026-11-24) or later"));
    }
}
