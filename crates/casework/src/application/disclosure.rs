//! A violation that an enterprise discloses before customs finds it (article 8 and the notices around it): the window and
//! the amount are decided by the law of the day on which it was disclosed first.

use super::{AnyState, Application, Asks, Check, Procedure, Verdict};
use crate::application::step::procedure;
use crate::machine::machine;

procedure! {
    /// How far a disclosure has come.
    DisclosureState ("主动披露", "disclosure") {
        /// The enterprise is writing it: the window runs.
        Draft "draft" "草稿" "a draft",
        /// It is looked at.
        Submitted "submitted" "已提交" "submitted",
        /// Something is missing; the day of disclosure stays.
        Incomplete "incomplete" "材料不齐" "incomplete",
        /// In its window, with every condition met; an officer looks at it.
        Eligible "eligible" "符合不予处罚条件" "eligible",
        /// No penalty, once the tax is settled.
        Accepted "accepted" "不予处罚，待补缴" "accepted",
        /// The tax is settled: there is no penalty.
        Settled "settled" "已补缴结案" "settled",
        /// Handled as any violation is.
        Ordinary "ordinary" "按一般程序处理" "handled by the ordinary procedure",
        /// The enterprise does not disclose it.
        Withdrawn "withdrawn" "已撤回" "withdrawn",
    }
    /// What is done with a disclosure.
    DisclosureMove {
        /// The enterprise discloses.
        Submit "披露" "disclose",
        /// Every condition holds.
        Pass "符合条件" "pass",
        /// Something that it rests on is not known.
        Lack "补充材料" "lack",
        /// A condition does not hold.
        Fail "不符合条件" "fail",
        /// An officer corrects what was stated, as far as customs knows better.
        Assess "核对" "assess",
        /// An officer says so, and by when the tax has to be settled.
        Accept "认定不予处罚" "accept",
        /// An officer is against it.
        Decline "不予认定" "decline",
        /// More time to settle.
        Extend "延长补缴期限" "extend",
        /// The tax has been settled.
        Settle "补缴税款" "settle",
        /// The last day comes near.
        Remind "期限提醒" "remind",
        /// The last day is over without settlement.
        Lapse "逾期未缴" "lapse",
        /// The enterprise takes it back.
        Withdraw "撤回" "withdraw",
    }
    Draft Submit => Submitted [Applicant, Officer] "8" "违规行为的事实" "the facts of the violation";
    Draft Remind => Draft [System] "8" "披露时限临近" "the end of the window is near";
    Draft Withdraw => Withdrawn [Applicant] "8" "本企业" "its own enterprise";
    Submitted Pass => Eligible [System] "8" "时限和金额均符合" "window and amount hold";
    Submitted Lack => Incomplete [System] "8" "列明缺少的事实" "what is missing";
    Submitted Fail => Ordinary [System] "8" "列明不符合的条件" "the conditions that do not hold";
    Submitted Withdraw => Withdrawn [Applicant] "8" "本企业" "its own enterprise";
    Incomplete Submit => Submitted [Applicant, Officer] "8" "补充的事实" "what was missing";
    Incomplete Withdraw => Withdrawn [Applicant] "8" "本企业" "its own enterprise";
    Eligible Assess => Submitted [Officer, Supervisor] "8" "海关掌握的事实" "the facts as customs knows them";
    Eligible Accept => Accepted [Officer, Supervisor] "8" "补缴的截止日" "the last day to settle the tax";
    Eligible Decline => Ordinary [Officer, Supervisor] "8" "理由" "a reason";
    Accepted Settle => Settled [Officer, Supervisor] "8" "补缴日" "the day of payment";
    Accepted Extend => Accepted [Supervisor] "8" "新的截止日" "another last day";
    Accepted Remind => Accepted [System] "8" "补缴截止日临近" "the last day to settle is near";
    Accepted Decline => Ordinary [Supervisor] "8" "理由" "a reason";
    Accepted Lapse => Ordinary [System] "8" "截止日已过" "the last day is over";
}

impl Procedure for DisclosureState {
    fn rests_on_law(self) -> bool {
        matches!(self, DisclosureState::Draft | DisclosureState::Submitted)
    }

    fn by_law(self, _: &Application, verdict: &Verdict) -> Option<DisclosureMove> {
        match (self, verdict.check) {
            (DisclosureState::Submitted, Check::Granted) => Some(DisclosureMove::Pass),
            (DisclosureState::Submitted, Check::Undetermined) => Some(DisclosureMove::Lack),
            (DisclosureState::Submitted, Check::Refused) => Some(DisclosureMove::Fail),
            _ => None,
        }
    }

    /// A draft is due at the end of its window.
    fn is_due_by_law(self) -> bool {
        self == DisclosureState::Draft
    }

    fn asks(step: DisclosureMove) -> Asks {
        match step {
            DisclosureMove::Accept | DisclosureMove::Extend => Asks::LastDay,
            DisclosureMove::Settle => Asks::DoneOn,
            _ => Asks::Nothing,
        }
    }

    fn any(self) -> AnyState {
        AnyState::VoluntaryDisclosure(self)
    }
}

#[cfg(test)]
mod tests {
    use greenlane_terms::calendar::Day;

    use super::*;
    use crate::application::ApplicationStep;
    use crate::application::tests::{check, moved, moved_on, states_after, steps};
    use crate::application::{ApplicationError, ApplicationKind, By, Given};
    use crate::machine::Actor::{Applicant, Officer, Supervisor};

    fn draft() -> Application {
        Application::draft(ApplicationKind::VoluntaryDisclosure)
    }

    fn accepted() -> Application {
        let eligible =
            check(&moved(&draft(), ApplicationStep::Submit, Applicant, "acme"), 100, Check::Granted).0;
        moved_on(&eligible, ApplicationStep::Accept, Officer, 130, 100)
    }

    #[test]
    fn the_law_settles_whether_it_is_in_its_window() {
        let submitted = moved(&draft(), ApplicationStep::Submit, Applicant, "acme");
        for (verdict, state) in
            [(Check::Granted, "eligible"), (Check::Undetermined, "incomplete"), (Check::Refused, "ordinary")]
        {
            assert_eq!(check(&submitted, 100, verdict).0.state.name(), state);
        }
    }

    #[test]
    fn a_disclosure_is_private_until_it_is_submitted() {
        assert!(draft().is_private());
        assert!(
            moved(&draft(), ApplicationStep::Withdraw, Applicant, "acme").is_private(),
            "it was never disclosed"
        );
        let submitted = moved(&draft(), ApplicationStep::Submit, Applicant, "acme");
        assert!(!submitted.is_private());
        assert!(!moved(&submitted, ApplicationStep::Withdraw, Applicant, "acme").is_private());
        assert!(!Application::draft(ApplicationKind::GuaranteeWaiver).is_private());
    }

    #[test]
    fn what_customs_knows_better_is_decided_again() {
        let eligible =
            check(&moved(&draft(), ApplicationStep::Submit, Applicant, "acme"), 100, Check::Granted).0;
        let assess = |actor| {
            eligible.moved(ApplicationStep::Assess, By { actor, person: "p" }, Given::default(), Day(105))
        };
        assert!(assess(Applicant).is_err());
        let assessed = assess(Officer).unwrap().application;
        assert_eq!((assessed.state.name(), assessed.submitted_on), ("submitted", Some(Day(100))));
        assert_eq!(check(&assessed, 105, Check::Refused).0.state.name(), "ordinary");
    }

    #[test]
    fn the_day_of_disclosure_is_that_of_the_first_submission() {
        let submitted = draft().moved(
            ApplicationStep::Submit,
            By { actor: Applicant, person: "acme" },
            Given::default(),
            Day(100),
        );
        let lacking = check(&submitted.unwrap().application, 100, Check::Undetermined).0;
        let again = lacking.moved(
            ApplicationStep::Submit,
            By { actor: Applicant, person: "acme" },
            Given::default(),
            Day(140),
        );
        assert_eq!(again.unwrap().application.submitted_on, Some(Day(100)));
    }

    #[test]
    fn the_tax_is_settled_by_the_last_day_or_the_ordinary_procedure_follows() {
        assert_eq!(states_after(&accepted(), 130, Check::Granted), (vec!["remind"], "accepted"));
        assert_eq!(states_after(&accepted(), 131, Check::Granted), (vec!["lapse"], "ordinary"));
        assert_eq!(moved_on(&accepted(), ApplicationStep::Settle, Officer, 130, 130).state.name(), "settled");
        let extended = moved_on(&accepted(), ApplicationStep::Extend, Supervisor, 131, 130);
        assert_eq!(states_after(&extended, 131, Check::Granted).1, "accepted");
        let future = By { actor: Officer, person: "li" };
        let given = Given { on: Some(Day(131)), ..Given::default() };
        assert_eq!(
            accepted().moved(ApplicationStep::Settle, future, given, Day(130)),
            Err(ApplicationError::Day)
        );
        let past = Given { on: Some(Day(129)), ..Given::default() };
        let by = By { actor: Supervisor, person: "sun" };
        assert_eq!(accepted().moved(ApplicationStep::Extend, by, past, Day(130)), Err(ApplicationError::Day));
    }

    #[test]
    fn a_draft_is_reminded_once_before_its_window_ends() {
        let verdict = |due| Verdict {
            check: Check::Granted,
            goes_first: false,
            waives_review: false,
            due: Some(Day(due)),
        };
        let (early, none) = draft().by_itself(Day(100), 7, Some(&verdict(108)));
        assert!(none.is_empty());
        assert_eq!(early.next_look(7), Some(Day(101)));
        let (reminded, moves) = early.by_itself(Day(101), 7, Some(&verdict(108)));
        assert_eq!(steps(&moves), ["remind"]);
        assert!(reminded.by_itself(Day(102), 7, Some(&verdict(108))).1.is_empty(), "once");
        assert_eq!(reminded.next_look(7), None);
        assert_eq!(
            reminded.by_itself(Day(109), 7, Some(&verdict(473))).0.due,
            Some(Day(473)),
            "the next window"
        );
    }
}
