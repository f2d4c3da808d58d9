//! Registration with the authority of another country: recommended within days, the review on site waived where measure 5a
//! says so, AEO first (articles 3 and 5).

use super::{AnyState, Application, Procedure, Verdict};
use crate::application::step::procedure;
use crate::machine::machine;

procedure! {
    /// How far a registration has come.
    RegistrationState ("国外注册推荐申请", "registration") {
        /// The enterprise is writing it.
        Draft "draft" "草稿" "a draft",
        /// It waits for its review on site.
        Submitted "submitted" "已提交" "submitted",
        /// No review on site is needed.
        Waived "waived" "免于现场评审" "waived from review on site",
        /// Reviewed on site.
        Reviewed "reviewed" "已现场评审" "reviewed on site",
        /// Recommended to the other country's authority.
        Recommended "recommended" "已推荐" "recommended",
        /// Not recommended.
        Refused "refused" "不予推荐" "refused",
        /// The enterprise does not want it any more.
        Withdrawn "withdrawn" "已撤回" "withdrawn",
    }
    /// What is done with a registration.
    RegistrationMove {
        /// The enterprise asks for it.
        Submit "提交" "submit",
        /// An officer says how requirements and risk compare.
        Assess "评估" "assess",
        /// A measure waives the review on site.
        Waive "免于现场评审" "waive",
        /// The measure does not hold any more.
        Restore "恢复现场评审" "restore",
        /// Reviewed on site.
        Review "现场评审" "review",
        /// Recommended.
        Recommend "推荐" "recommend",
        /// Not recommended.
        Refuse "不予推荐" "refuse",
        /// The last day comes near.
        Remind "期限提醒" "remind",
        /// The enterprise takes it back.
        Withdraw "撤回" "withdraw",
    }
    Draft Submit => Submitted [Applicant, Officer] "5a" "产品和拟注册国" "product and country";
    Draft Withdraw => Withdrawn [Applicant] "5a" "本企业" "its own enterprise";
    Submitted Assess => Submitted [Officer, Supervisor] "5a" "要求和风险的评估结论" "how requirements and risk compare";
    Submitted Waive => Waived [System] "5a" "要求和风险均不更高" "neither requirements nor risk are higher";
    Submitted Review => Reviewed [Officer, Supervisor] "5a" "现场评审意见" "an opinion after the visit";
    Submitted Refuse => Refused [Officer, Supervisor] "5a" "理由" "a reason";
    Submitted Remind => Submitted [System] "3a" "推荐期限临近" "the last day to recommend is near";
    Submitted Withdraw => Withdrawn [Applicant] "5a" "本企业" "its own enterprise";
    Waived Restore => Submitted [System] "5a" "不再符合免评审条件" "the waiver of the review does not hold any more";
    Waived Recommend => Recommended [Officer, Supervisor] "5a" "推荐意见" "an opinion";
    Waived Refuse => Refused [Officer, Supervisor] "5a" "理由" "a reason";
    Waived Remind => Waived [System] "3a" "推荐期限临近" "the last day to recommend is near";
    Waived Withdraw => Withdrawn [Applicant] "5a" "本企业" "its own enterprise";
    Reviewed Recommend => Recommended [Officer, Supervisor] "3a" "推荐意见" "an opinion";
    Reviewed Refuse => Refused [Officer, Supervisor] "3a" "理由" "a reason";
    Reviewed Remind => Reviewed [System] "3a" "推荐期限临近" "the last day to recommend is near";
    Reviewed Withdraw => Withdrawn [Applicant] "5a" "本企业" "its own enterprise";
}

impl Procedure for RegistrationState {
    fn rests_on_law(self) -> bool {
        matches!(self, RegistrationState::Submitted | RegistrationState::Waived | RegistrationState::Reviewed)
    }

    fn by_law(self, _: &Application, verdict: &Verdict) -> Option<RegistrationMove> {
        match (self, verdict.waives_review) {
            (RegistrationState::Submitted, true) => Some(RegistrationMove::Waive),
            (RegistrationState::Waived, false) => Some(RegistrationMove::Restore),
            _ => None,
        }
    }

    fn is_due_by_law(self) -> bool {
        self.rests_on_law()
    }

    fn any(self) -> AnyState {
        AnyState::ForeignRegistration(self)
    }
}

#[cfg(test)]
mod tests {
    use greenlane_terms::calendar::Day;

    use super::*;
    use crate::application::ApplicationStep;
    use crate::application::tests::{moved, refused, steps};
    use crate::application::{ApplicationKind, Check};
    use crate::machine::Actor::{Applicant, Officer};

    fn says(waives_review: bool) -> Verdict {
        Verdict { check: Check::Undetermined, goes_first: waives_review, waives_review, due: Some(Day(120)) }
    }

    fn submitted() -> Application {
        moved(
            &Application::draft(ApplicationKind::ForeignRegistration),
            ApplicationStep::Submit,
            Applicant,
            "acme",
        )
    }

    #[test]
    fn what_is_not_higher_needs_no_visit_and_anything_else_does() {
        let (waiting, none) = submitted().by_itself(Day(100), 7, Some(&says(false)));
        assert!(none.is_empty());
        let early = refused(&waiting, ApplicationStep::Recommend, Officer).to_string();
        assert!(
            early.contains("possible: assess (officer or supervisor), waive (system), review"),
            "{early}"
        );
        assert_eq!(
            moved(
                &moved(&waiting, ApplicationStep::Review, Officer, "li"),
                ApplicationStep::Recommend,
                Officer,
                "li"
            )
            .state
            .name(),
            "recommended"
        );
        let assessed = moved(&waiting, ApplicationStep::Assess, Officer, "li");
        let (waived, moves) = assessed.by_itself(Day(100), 7, Some(&says(true)));
        assert_eq!((steps(&moves), waived.goes_first), (vec!["waive"], true));
        assert_eq!(steps(&waived.by_itself(Day(101), 7, Some(&says(false))).1), ["restore"]);
        assert_eq!(
            moved(&waived, ApplicationStep::Recommend, Officer, "li").due,
            None,
            "nothing is due any more"
        );
    }

    #[test]
    fn somebody_is_reminded_before_the_days_are_over() {
        let waiting = submitted().by_itself(Day(112), 7, Some(&says(false)));
        assert_eq!((waiting.0.due, waiting.1.len()), (Some(Day(120)), 0));
        assert_eq!(steps(&waiting.0.by_itself(Day(113), 7, Some(&says(false))).1), ["remind"]);
    }
}
