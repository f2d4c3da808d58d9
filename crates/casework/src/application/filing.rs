//! Filing of a farm that raises raw material for exported aquatic products: AEO first (article 5).

use super::{AnyState, Application, Procedure, Verdict};
use crate::application::step::procedure;
use crate::machine::machine;

procedure! {
    /// How far a filing has come.
    FilingState ("原料养殖场备案申请", "filing") {
        /// The enterprise is writing it.
        Draft "draft" "草稿" "a draft",
        /// It waits its turn.
        Submitted "submitted" "已提交" "submitted",
        /// The farm is filed.
        Filed "filed" "已备案" "filed",
        /// The farm is not filed.
        Refused "refused" "不予备案" "refused",
        /// The enterprise does not want it any more.
        Withdrawn "withdrawn" "已撤回" "withdrawn",
    }
    /// What is done with a filing.
    FilingMove {
        /// The enterprise asks for it.
        Submit "提交" "submit",
        /// The farm is filed.
        File "备案" "file",
        /// The farm is not filed.
        Refuse "不予备案" "refuse",
        /// The last day comes near.
        Remind "期限提醒" "remind",
        /// The enterprise takes it back.
        Withdraw "撤回" "withdraw",
    }
    Draft Submit => Submitted [Applicant, Officer] "5b" "养殖场信息" "the farm";
    Draft Withdraw => Withdrawn [Applicant] "5b" "本企业" "its own enterprise";
    Submitted File => Filed [Officer, Supervisor] "5b" "审核意见" "an opinion";
    Submitted Refuse => Refused [Officer, Supervisor] "5b" "理由" "a reason";
    Submitted Remind => Submitted [System] "5b" "备案期限临近" "the last day to file is near";
    Submitted Withdraw => Withdrawn [Applicant] "5b" "本企业" "its own enterprise";
}

impl Procedure for FilingState {
    fn rests_on_law(self) -> bool {
        self == FilingState::Submitted
    }

    /// The law only says who goes first.
    fn by_law(self, _: &Application, _: &Verdict) -> Option<FilingMove> {
        None
    }

    fn is_due_by_law(self) -> bool {
        self.rests_on_law()
    }

    fn any(self) -> AnyState {
        AnyState::FarmFiling(self)
    }
}
