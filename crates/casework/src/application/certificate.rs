//! A certificate for exported goods: for SPF mice of an AEO it is issued first (article 3).

use super::{AnyState, Application, Procedure, Verdict};
use crate::application::step::procedure;
use crate::machine::machine;

procedure! {
    /// How far a certificate has come.
    CertificateState ("出口证书申请", "certificate") {
        /// The exporter is writing the request.
        Draft "draft" "草稿" "a draft",
        /// It waits its turn.
        Submitted "submitted" "已提交" "submitted",
        /// The certificate is issued.
        Issued "issued" "已签发" "issued",
        /// It is not issued.
        Refused "refused" "不予签发" "refused",
        /// The exporter does not want it any more.
        Withdrawn "withdrawn" "已撤回" "withdrawn",
    }
    /// What is done with a certificate.
    CertificateMove {
        /// The exporter asks for it.
        Submit "提交" "submit",
        /// It is issued.
        Issue "签发" "issue",
        /// It is not issued.
        Refuse "不予签发" "refuse",
        /// The last day comes near.
        Remind "期限提醒" "remind",
        /// The exporter takes the request back.
        Withdraw "撤回" "withdraw",
    }
    Draft Submit => Submitted [Applicant, Officer] "3d-certificate" "货物信息" "the goods";
    Draft Withdraw => Withdrawn [Applicant] "3d-certificate" "本企业" "its own enterprise";
    Submitted Issue => Issued [Officer, Supervisor] "3d-certificate" "检验检疫合格" "the goods were found fit";
    Submitted Refuse => Refused [Officer, Supervisor] "3d-certificate" "理由" "a reason";
    Submitted Remind => Submitted [System] "3d-certificate" "签发期限临近" "the last day to issue it is near";
    Submitted Withdraw => Withdrawn [Applicant] "3d-certificate" "本企业" "its own enterprise";
}

impl Procedure for CertificateState {
    fn rests_on_law(self) -> bool {
        self == CertificateState::Submitted
    }

    /// The law only says whose is issued first.
    fn by_law(self, _: &Application, _: &Verdict) -> Option<CertificateMove> {
        None
    }

    fn is_due_by_law(self) -> bool {
        self.rests_on_law()
    }

    fn any(self) -> AnyState {
        AnyState::ExportCertificate(self)
    }
}
