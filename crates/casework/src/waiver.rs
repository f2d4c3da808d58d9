//! A request for two-step declaration without a guarantee (article 7): one case, one decision, by two people.

use crate::machine::{Actor, Illegal, Rule, machine, rule};

machine! {
    /// How far a request has come.
    WaiverState ("免除担保申请", "waiver") {
        /// The enterprise is writing it.
        Draft "draft" "草稿" "a draft",
        /// It waits for the check of the seven conditions.
        Submitted "submitted" "已提交" "submitted",
        /// Statements are missing.
        Incomplete "incomplete" "材料不齐" "incomplete",
        /// Every condition holds; an officer looks at it.
        Checked "checked" "待审核" "checked",
        /// An officer is for it; a supervisor decides.
        Reviewed "reviewed" "待批准" "reviewed",
        /// Granted from a day on that has not come.
        Approved "approved" "已批准" "approved",
        /// The enterprise declares without a guarantee.
        InForce "in_force" "有效" "in force",
        /// Not in force for now.
        Suspended "suspended" "已暂停" "suspended",
        /// A condition holds no longer.
        Revoked "revoked" "已撤销" "revoked",
        /// Its time is over.
        Expired "expired" "已到期" "expired",
        /// A condition does not hold, or somebody is against it.
        Refused "refused" "不予批准" "refused",
        /// The enterprise does not want it any more.
        Withdrawn "withdrawn" "已撤回" "withdrawn",
    }
    /// What is done with a request.
    WaiverMove {
        /// The enterprise asks for it.
        Submit "submit" "提交" "submit",
        /// Every condition holds.
        Pass "pass" "检查通过" "pass",
        /// Something that it rests on is not known.
        Lack "lack" "补充材料" "lack",
        /// A condition does not hold.
        Fail "fail" "不符合条件" "fail",
        /// An officer is for it.
        Review "review" "审核通过" "review",
        /// A supervisor grants it.
        Approve "approve" "批准" "approve",
        /// An officer or a supervisor is against it.
        Refuse "refuse" "不予批准" "refuse",
        /// Its first day has come.
        Begin "begin" "生效" "begin",
        /// Not in force for now.
        Suspend "suspend" "暂停" "suspend",
        /// In force again.
        Resume "resume" "恢复" "resume",
        /// A condition holds no longer.
        Revoke "revoke" "撤销" "revoke",
        /// Its time is over.
        Expire "expire" "到期" "expire",
        /// The enterprise does not want it any more.
        Withdraw "withdraw" "撤回" "withdraw",
    }
    Draft Submit => Submitted [Applicant, Officer] "7" "试点关区" "an office in the pilot";
    Draft Withdraw => Withdrawn [Applicant] "7" "本企业" "its own enterprise";
    Submitted Pass => Checked [System] "7" "七项条件均符合" "all seven conditions hold";
    Submitted Lack => Incomplete [System] "7" "列明缺少的材料和时点" "what is missing, and of which date";
    Submitted Fail => Refused [System] "7" "列明不符合的条件" "the conditions that do not hold";
    Submitted Withdraw => Withdrawn [Applicant] "7" "本企业" "its own enterprise";
    Incomplete Submit => Submitted [Applicant, Officer] "7" "补充的材料" "what was missing";
    Incomplete Withdraw => Withdrawn [Applicant] "7" "本企业" "its own enterprise";
    Checked Review => Reviewed [Officer, Supervisor] "7" "审核意见" "an opinion";
    Checked Refuse => Refused [Officer, Supervisor] "7" "理由" "a reason";
    Checked Withdraw => Withdrawn [Applicant] "7" "本企业" "its own enterprise";
    Reviewed Approve => Approved [Supervisor] "7" "非审核人；起止日期" "another person than reviewed it; first and last day";
    Reviewed Refuse => Refused [Supervisor] "7" "理由" "a reason";
    Reviewed Withdraw => Withdrawn [Applicant] "7" "本企业" "its own enterprise";
    Approved Begin => InForce [System] "7" "起始日已到" "its first day has come";
    Approved Revoke => Revoked [Supervisor, System] "7" "不再符合的条件或者理由" "a condition that holds no longer, or a reason";
    InForce Suspend => Suspended [Supervisor, System] "7" "理由，或者有关事实待核实" "a reason, or a fact that is not known any more";
    InForce Revoke => Revoked [Supervisor, System] "7" "不再符合的条件或者理由" "a condition that holds no longer, or a reason";
    InForce Expire => Expired [System] "7" "截止日已过" "its last day is over";
    Suspended Resume => InForce [Supervisor, System] "7" "条件均符合" "all conditions hold";
    Suspended Revoke => Revoked [Supervisor, System] "7" "不再符合的条件或者理由" "a condition that holds no longer, or a reason";
    Suspended Expire => Expired [System] "7" "截止日已过" "its last day is over";
}

/// What the seven conditions came to (the verdict of measure 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Check {
    /// All hold.
    Granted,
    /// One or more do not.
    Refused,
    /// None is false, and something is not known.
    Undetermined,
}

/// A request as far as its moves go. Days count from 1970-01-01 in China Standard Time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiver {
    /// How far it has come.
    pub state: WaiverState,
    /// Who reviewed it.
    pub reviewed_by: Option<String>,
    /// Who approved it: never the same person.
    pub approved_by: Option<String>,
    /// First and last day, once it is approved.
    pub from: Option<i32>,
    /// Last day.
    pub to: Option<i32>,
    /// Whether it was suspended by itself, since something was not known: then it comes back by itself too.
    pub rests: bool,
}

/// Why a request is not moved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WaiverError {
    /// The state does not allow it.
    #[error(transparent)]
    Illegal(#[from] Illegal<WaiverState>),
    /// Somebody of another role makes this move.
    #[error("`{step}` is a move of {}, not of {}", .by.join(" or "), .actor.name())]
    Actor {
        /// The move.
        step: &'static str,
        /// Who tried it.
        actor: Actor,
        /// Whose it is.
        by: Vec<&'static str>,
    },
    /// Nobody makes this move: it follows from the day and the conditions ([`Waiver::by_itself`]).
    #[error("`{step}` happens by itself")]
    ByItself {
        /// The move.
        step: &'static str,
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
}

impl Waiver {
    /// A new draft.
    #[must_use]
    pub fn draft() -> Waiver {
        Waiver {
            state: WaiverState::Draft,
            reviewed_by: None,
            approved_by: None,
            from: None,
            to: None,
            rests: false,
        }
    }

    /// A move by a person, but for [`Waiver::approved`].
    ///
    /// # Errors
    /// The state does not allow it, or it is another one's move.
    pub fn moved(&self, step: WaiverMove, actor: Actor, person: &str) -> Result<Waiver, WaiverError> {
        let rule = self.rule(step, actor)?;
        let reviewed_by = match step {
            WaiverMove::Review => Some(person.to_owned()),
            // Whatever was said about an earlier version of it.
            WaiverMove::Submit => None,
            _ => self.reviewed_by.clone(),
        };
        Ok(Waiver { state: rule.to, reviewed_by, rests: false, ..self.clone() })
    }

    /// Granted from a day to a day, by another person than reviewed it.
    ///
    /// # Errors
    /// The state does not allow it, it is another one's move, or the person or the days are not right.
    pub fn approved(&self, actor: Actor, person: &str, from: i32, to: i32) -> Result<Waiver, WaiverError> {
        let rule = self.rule(WaiverMove::Approve, actor)?;
        if self.reviewed_by.as_deref() == Some(person) {
            return Err(WaiverError::SamePerson { person: person.to_owned() });
        }
        if to < from {
            return Err(WaiverError::Days);
        }
        let approved_by = Some(person.to_owned());
        Ok(Waiver { state: rule.to, approved_by, from: Some(from), to: Some(to), ..self.clone() })
    }

    /// What happens by itself on a day, with what the seven conditions came to on it: each move with the request after it.
    /// A request that was submitted is checked; one in force or about to be is checked again, and falls as soon as a
    /// condition does not hold; one that rests on something that is not known any more is suspended until it is.
    #[must_use]
    pub fn by_itself(&self, day: i32, check: Check) -> Vec<(WaiverMove, Waiver)> {
        let mut moves: Vec<(WaiverMove, Waiver)> = Vec::new();
        let mut now = self.clone();
        while let Some(step) = now.next_step(day, check) {
            let Ok(rule) = rule(now.state, step) else { break };
            now.state = rule.to;
            now.rests = step == WaiverMove::Suspend;
            moves.push((step, now.clone()));
        }
        moves
    }

    /// What happens at once when something that it rests on has changed: it rests until the conditions are looked at again.
    #[must_use]
    pub fn touched(&self) -> Option<(WaiverMove, Waiver)> {
        let rule = rule(self.state, WaiverMove::Suspend).ok()?;
        Some((WaiverMove::Suspend, Waiver { state: rule.to, rests: true, ..self.clone() }))
    }

    fn next_step(&self, day: i32, check: Check) -> Option<WaiverMove> {
        let has_ended = self.to.is_some_and(|last| last < day);
        let has_begun = self.from.is_some_and(|first| first <= day);
        match (self.state, check) {
            (WaiverState::Submitted, Check::Granted) => Some(WaiverMove::Pass),
            (WaiverState::Submitted, Check::Undetermined) => Some(WaiverMove::Lack),
            (WaiverState::Submitted, Check::Refused) => Some(WaiverMove::Fail),
            (WaiverState::InForce | WaiverState::Suspended, _) if has_ended => Some(WaiverMove::Expire),
            (WaiverState::Approved | WaiverState::InForce | WaiverState::Suspended, Check::Refused) => {
                Some(WaiverMove::Revoke)
            }
            (WaiverState::Approved, _) if has_begun => Some(WaiverMove::Begin),
            (WaiverState::InForce, Check::Undetermined) => Some(WaiverMove::Suspend),
            (WaiverState::Suspended, Check::Granted) if self.rests => Some(WaiverMove::Resume),
            _ => None,
        }
    }

    fn rule(&self, step: WaiverMove, actor: Actor) -> Result<&'static Rule<WaiverState>, WaiverError> {
        use crate::machine::Step;
        let rule = rule(self.state, step)?;
        let people = || rule.by.iter().filter(|by| **by != Actor::System);
        if people().any(|by| *by == actor) {
            return Ok(rule);
        }
        let by: Vec<&str> = people().map(|by| by.name()).collect();
        if by.is_empty() {
            return Err(WaiverError::ByItself { step: step.name() });
        }
        Err(WaiverError::Actor { step: step.name(), actor, by })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(moves: &[(WaiverMove, Waiver)]) -> Vec<&'static str> {
        use crate::machine::Step;
        moves.iter().map(|(step, _)| step.name()).collect()
    }

    fn submitted() -> Waiver {
        Waiver::draft().moved(WaiverMove::Submit, Actor::Applicant, "acme").unwrap()
    }

    fn reviewed() -> Waiver {
        let checked = submitted().by_itself(100, Check::Granted).pop().unwrap().1;
        checked.moved(WaiverMove::Review, Actor::Officer, "li").unwrap()
    }

    fn in_force() -> Waiver {
        let approved = reviewed().approved(Actor::Supervisor, "sun", 100, 465).unwrap();
        approved.by_itself(100, Check::Granted).pop().unwrap().1
    }

    #[test]
    fn the_check_settles_what_becomes_of_a_request() {
        let cases = [
            (Check::Granted, "pass", WaiverState::Checked),
            (Check::Undetermined, "lack", WaiverState::Incomplete),
            (Check::Refused, "fail", WaiverState::Refused),
        ];
        for (check, step, state) in cases {
            let moves = submitted().by_itself(100, check);
            assert_eq!((steps(&moves), moves[0].1.state), (vec![step], state));
        }
        let lacking = submitted().by_itself(100, Check::Undetermined).pop().unwrap().1;
        let again = lacking.moved(WaiverMove::Submit, Actor::Applicant, "acme").unwrap();
        assert_eq!(again.state, WaiverState::Submitted);
    }

    #[test]
    fn whoever_reviewed_it_does_not_approve_it() {
        let same = reviewed().approved(Actor::Supervisor, "li", 100, 465).unwrap_err();
        assert_eq!(same.to_string(), "li reviewed the request: another person approves it");
        let officer = reviewed().approved(Actor::Officer, "wang", 100, 465).unwrap_err();
        assert_eq!(officer.to_string(), "`approve` is a move of supervisor, not of officer");
        assert_eq!(reviewed().approved(Actor::Supervisor, "sun", 100, 99), Err(WaiverError::Days));
        assert!(reviewed().approved(Actor::Supervisor, "sun", 100, 100).is_ok());
    }

    #[test]
    fn it_begins_on_its_first_day_and_ends_after_its_last() {
        let approved = reviewed().approved(Actor::Supervisor, "sun", 100, 465).unwrap();
        let cases = [
            (99, vec![], WaiverState::Approved),
            (100, vec!["begin"], WaiverState::InForce),
            (465, vec!["begin"], WaiverState::InForce),
            (466, vec!["begin", "expire"], WaiverState::Expired),
        ];
        for (day, expected, state) in cases {
            let moves = approved.by_itself(day, Check::Granted);
            let last = moves.last().map_or(approved.state, |(_, waiver)| waiver.state);
            assert_eq!((steps(&moves), last), (expected, state), "{day}");
        }
    }

    #[test]
    fn it_falls_as_soon_as_a_condition_does_not_hold_and_rests_while_one_is_unknown() {
        assert_eq!(steps(&in_force().by_itself(200, Check::Granted)), Vec::<&str>::new());
        assert_eq!(steps(&in_force().by_itself(200, Check::Refused)), ["revoke"]);
        let resting = in_force().by_itself(200, Check::Undetermined).pop().unwrap().1;
        assert_eq!(resting.state, WaiverState::Suspended);
        assert_eq!(in_force().touched(), Some((WaiverMove::Suspend, resting.clone())));
        assert_eq!((resting.touched(), reviewed().touched()), (None, None));
        assert_eq!(steps(&resting.by_itself(201, Check::Refused)), ["revoke"]);
        assert_eq!(steps(&resting.by_itself(466, Check::Granted)), ["expire"]);
        assert_eq!(steps(&resting.by_itself(201, Check::Granted)), ["resume"]);
        let stopped = in_force().moved(WaiverMove::Suspend, Actor::Supervisor, "sun").unwrap();
        assert_eq!(
            steps(&stopped.by_itself(201, Check::Granted)),
            Vec::<&str>::new(),
            "a person's word stands"
        );
        let back = stopped.moved(WaiverMove::Resume, Actor::Supervisor, "sun").unwrap();
        assert_eq!(back.state, WaiverState::InForce);
        let before_its_day = reviewed().approved(Actor::Supervisor, "sun", 300, 465).unwrap();
        assert_eq!(steps(&before_its_day.by_itself(200, Check::Refused)), ["revoke"]);
    }
}
