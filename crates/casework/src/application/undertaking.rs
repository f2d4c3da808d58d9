//! A carrier's credit undertaking: its text, who signed it, from when to when, and how it ends (article 10). Whether the
//! carrier's goods may have measures is decided with each declaration.

use super::{AnyState, Application, Asks, Procedure, Verdict};
use crate::application::step::procedure;
use crate::machine::machine;

procedure! {
    /// How far an undertaking has come.
    UndertakingState ("承运企业信用承诺", "undertaking") {
        /// The carrier is writing it.
        Draft "draft" "草稿" "a draft",
        /// Signed for days that have not come.
        Signed "signed" "已签署" "signed",
        /// It counts.
        InForce "in_force" "有效" "in force",
        /// Its time is over.
        Expired "expired" "已到期" "expired",
        /// The carrier took it back.
        Withdrawn "withdrawn" "已撤回" "withdrawn",
        /// Customs does not take it any more.
        Revoked "revoked" "已撤销" "revoked",
    }
    /// What is done with an undertaking.
    UndertakingMove {
        /// The carrier gives it.
        Sign "签署" "sign",
        /// Its first day has come.
        Begin "生效" "begin",
        /// Its time is over.
        Expire "到期" "expire",
        /// The carrier takes it back.
        Withdraw "撤回" "withdraw",
        /// Customs does not take it any more.
        Revoke "撤销" "revoke",
    }
    Draft Sign => Signed [Applicant, Officer] "10b" "承诺内容、签署人、起止日期" "text, signatory, first and last day";
    Draft Withdraw => Withdrawn [Applicant] "10b" "本企业" "its own enterprise";
    Signed Begin => InForce [System] "10b" "起始日已到" "its first day has come";
    Signed Withdraw => Withdrawn [Applicant] "10b" "本企业" "its own enterprise";
    Signed Revoke => Revoked [Supervisor] "10b" "理由" "a reason";
    InForce Expire => Expired [System] "10b" "截止日已过" "its last day is over";
    InForce Withdraw => Withdrawn [Applicant] "10b" "本企业" "its own enterprise";
    InForce Revoke => Revoked [Supervisor] "10b" "理由" "a reason";
}

impl Procedure for UndertakingState {
    fn rests_on_law(self) -> bool {
        false
    }

    fn by_law(self, _: &Application, _: &Verdict) -> Option<UndertakingMove> {
        None
    }

    fn asks(step: UndertakingMove) -> Asks {
        if step == UndertakingMove::Sign { Asks::Period } else { Asks::Nothing }
    }

    fn any(self) -> AnyState {
        AnyState::CarrierUndertaking(self)
    }
}

#[cfg(test)]
mod tests {
    use greenlane_terms::calendar::Day;

    use super::*;
    use crate::application::ApplicationStep;
    use crate::application::tests::{moved, steps};
    use crate::application::{ApplicationKind, By, Given};
    use crate::machine::Actor::{Applicant, Supervisor};

    fn signed() -> Application {
        let given = Given { from: Some(Day(110)), to: Some(Day(120)), on: None };
        let by = By { actor: Applicant, person: "acme" };
        Application::draft(ApplicationKind::CarrierUndertaking)
            .moved(ApplicationStep::Sign, by, given, Day(100))
            .unwrap()
            .application
    }

    #[test]
    fn it_counts_from_its_first_day_to_its_last() {
        for (day, expected, state) in [
            (109, vec![], "signed"),
            (110, vec!["begin"], "in_force"),
            (120, vec!["begin"], "in_force"),
            (121, vec!["begin", "expire"], "expired"),
        ] {
            let (after, moves) = signed().by_itself(Day(day), 7, None);
            assert_eq!((steps(&moves), after.state.name()), (expected, state), "{day}");
        }
    }

    #[test]
    fn the_carrier_takes_it_back_or_customs_does() {
        let in_force = signed().by_itself(Day(110), 7, None).0;
        assert_eq!(moved(&in_force, ApplicationStep::Withdraw, Applicant, "acme").state.name(), "withdrawn");
        assert_eq!(moved(&in_force, ApplicationStep::Revoke, Supervisor, "sun").state.name(), "revoked");
    }
}
