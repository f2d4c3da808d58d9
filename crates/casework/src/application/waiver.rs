//! A request for two-step declaration without a guarantee (article 7): one case, one decision, by two people.

use super::{AnyState, Application, Asks, Check, Procedure, Verdict};
use crate::application::step::procedure;
use crate::machine::machine;

procedure! {
    /// How far a request has come.
    WaiverState ("免除税款担保申请", "waiver") {
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
        Submit "提交" "submit",
        /// Every condition holds.
        Pass "检查通过" "pass",
        /// Something that it rests on is not known.
        Lack "补充材料" "lack",
        /// A condition does not hold.
        Fail "不符合条件" "fail",
        /// An officer is for it.
        Review "审核通过" "review",
        /// A supervisor grants it.
        Approve "批准" "approve",
        /// An officer or a supervisor is against it.
        Refuse "不予批准" "refuse",
        /// Its first day has come.
        Begin "生效" "begin",
        /// Not in force for now.
        Suspend "暂停" "suspend",
        /// In force again.
        Resume "恢复" "resume",
        /// A condition holds no longer.
        Revoke "撤销" "revoke",
        /// Its time is over.
        Expire "到期" "expire",
        /// The enterprise does not want it any more.
        Withdraw "撤回" "withdraw",
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

impl Procedure for WaiverState {
    fn rests_on_law(self) -> bool {
        use WaiverState::{Approved, InForce, Submitted, Suspended};
        matches!(self, Submitted | Approved | InForce | Suspended)
    }

    /// What was submitted is checked; what is in force or about to be falls as soon as a condition does not hold, and rests
    /// while something is not known.
    fn by_law(self, application: &Application, verdict: &Verdict) -> Option<WaiverMove> {
        match (self, verdict.check) {
            (WaiverState::Submitted, Check::Granted) => Some(WaiverMove::Pass),
            (WaiverState::Submitted, Check::Undetermined) => Some(WaiverMove::Lack),
            (WaiverState::Submitted, Check::Refused) => Some(WaiverMove::Fail),
            (_, Check::Refused) => Some(WaiverMove::Revoke),
            (WaiverState::InForce, Check::Undetermined) => Some(WaiverMove::Suspend),
            // A person's word stands.
            (WaiverState::Suspended, Check::Granted) if application.rests => Some(WaiverMove::Resume),
            _ => None,
        }
    }

    fn when_touched() -> Option<WaiverMove> {
        Some(WaiverMove::Suspend)
    }

    fn asks(step: WaiverMove) -> Asks {
        if step == WaiverMove::Approve { Asks::Period } else { Asks::Nothing }
    }

    fn any(self) -> AnyState {
        AnyState::GuaranteeWaiver(self)
    }
}

#[cfg(test)]
mod tests {
    use greenlane_terms::calendar::Day;

    use super::*;
    use crate::application::ApplicationStep;
    use crate::application::tests::{check, moved, refused, states_after, steps};
    use crate::application::{ApplicationError, ApplicationKind};
    use crate::machine::Actor::{Applicant, Officer, Supervisor};

    fn submitted() -> Application {
        moved(
            &Application::draft(ApplicationKind::GuaranteeWaiver),
            ApplicationStep::Submit,
            Applicant,
            "acme",
        )
    }

    fn reviewed() -> Application {
        let checked = check(&submitted(), 100, Check::Granted).0;
        moved(&checked, ApplicationStep::Review, Officer, "li")
    }

    fn approved(from: i32, to: i32) -> Application {
        let given = super::super::Given { from: Some(Day(from)), to: Some(Day(to)), on: None };
        let by = super::super::By { actor: Supervisor, person: "sun" };
        reviewed().moved(ApplicationStep::Approve, by, given, Day(100)).unwrap().application
    }

    fn in_force() -> Application {
        check(&approved(100, 465), 100, Check::Granted).0
    }

    #[test]
    fn the_check_settles_what_becomes_of_a_request() {
        let cases = [
            (Check::Granted, "pass", "checked"),
            (Check::Undetermined, "lack", "incomplete"),
            (Check::Refused, "fail", "refused"),
        ];
        for (verdict, step, state) in cases {
            let (after, moves) = check(&submitted(), 100, verdict);
            assert_eq!((moves, after.state.name()), (vec![step], state));
        }
        let lacking = check(&submitted(), 100, Check::Undetermined).0;
        assert_eq!(moved(&lacking, ApplicationStep::Submit, Applicant, "acme").state.name(), "submitted");
    }

    #[test]
    fn whoever_reviewed_it_does_not_approve_it() {
        let given = super::super::Given { from: Some(Day(100)), to: Some(Day(465)), on: None };
        let approve = |actor, person, given| {
            reviewed()
                .moved(ApplicationStep::Approve, super::super::By { actor, person }, given, Day(100))
                .map(|made| made.application)
        };
        let same = approve(Supervisor, "li", given).unwrap_err();
        assert_eq!(same.to_string(), "li reviewed the request: another person approves it");
        let officer = approve(Officer, "wang", given).unwrap_err();
        assert_eq!(officer.to_string(), "`approve` is a move of supervisor, not of officer");
        let days = super::super::Given { to: Some(Day(99)), ..given };
        assert_eq!(approve(Supervisor, "sun", days), Err(ApplicationError::Days));
        let one_day = super::super::Given { to: Some(Day(100)), ..given };
        assert!(approve(Supervisor, "sun", one_day).is_ok());
        let none = approve(Supervisor, "sun", super::super::Given::default()).unwrap_err();
        assert_eq!(none.to_string(), "`from` and `to` are missing: the first and the last day");
        assert_eq!(
            refused(&submitted(), ApplicationStep::Pass, Officer).to_string(),
            "`pass` happens by itself"
        );
    }

    #[test]
    fn it_begins_on_its_first_day_and_ends_after_its_last() {
        let cases = [
            (99, vec![], "approved"),
            (100, vec!["begin"], "in_force"),
            (465, vec!["begin"], "in_force"),
            (466, vec!["begin", "expire"], "expired"),
        ];
        for (day, expected, state) in cases {
            assert_eq!(states_after(&approved(100, 465), day, Check::Granted), (expected, state), "{day}");
        }
        assert_eq!(approved(100, 465).next_look(7), Some(Day(100)));
        assert_eq!(in_force().next_look(7), Some(Day(466)));
    }

    #[test]
    fn it_falls_as_soon_as_a_condition_does_not_hold_and_rests_while_one_is_unknown() {
        assert_eq!(check(&in_force(), 200, Check::Granted).1, Vec::<&str>::new());
        assert_eq!(check(&in_force(), 200, Check::Refused).1, ["revoke"]);
        let resting = check(&in_force(), 200, Check::Undetermined).0;
        assert_eq!(resting.state, AnyState::GuaranteeWaiver(WaiverState::Suspended));
        let touched = in_force().touched().unwrap();
        assert_eq!((touched.step, &touched.application), (ApplicationStep::Suspend, &resting));
        assert_eq!((resting.touched(), reviewed().touched()), (None, None));
        assert_eq!(check(&resting, 201, Check::Refused).1, ["revoke"]);
        assert_eq!(check(&resting, 466, Check::Granted).1, ["expire"]);
        assert_eq!(check(&resting, 201, Check::Granted).1, ["resume"]);
        let stopped = moved(&in_force(), ApplicationStep::Suspend, Supervisor, "sun");
        assert_eq!(check(&stopped, 201, Check::Granted).1, Vec::<&str>::new(), "a person's word stands");
        let back = moved(&stopped, ApplicationStep::Resume, Supervisor, "sun");
        assert_eq!(back.state, AnyState::GuaranteeWaiver(WaiverState::InForce));
        assert_eq!(steps(&approved(300, 465).by_itself(Day(200), 7, Some(&refusal())).1), ["revoke"]);
    }

    fn refusal() -> Verdict {
        Verdict { check: Check::Refused, goes_first: false, waives_review: false, due: None }
    }
}
