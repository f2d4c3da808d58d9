//! What the registry has to know of an application, so that it counts in the next decision.

use greenlane_terms::calendar::Day;

use super::{AdmissionState, AnyState, Made, UndertakingState};

/// What the registry is told in the transaction of a move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Telling {
    /// A flag of the enterprise holds from a day on.
    Begins {
        /// Its name without the role.
        fact: &'static str,
        /// First day.
        from: Day,
        /// Last day; `None`: until it ends.
        to: Option<Day>,
    },
    /// What was told before holds no longer.
    Ends,
}

/// Programmes whose admission a rule reads (measures 4b and 6a), and the flag that it reads.
const READ: [(&str, &str); 2] =
    [("remote_local_inspection", "in_remote_pilot"), ("destination_quarantine", "destination_quarantine")];

/// The flag by which rules know that an enterprise is in a programme; `None`: no rule asks.
fn flag_of(programme: Option<&str>) -> Option<&'static str> {
    READ.iter().find(|(name, _)| programme == Some(*name)).map(|(_, flag)| *flag)
}

/// What the registry is told of a move; `programme` is the reform that an admission is to.
#[must_use]
pub fn telling(made: &Made, programme: Option<&str>, today: Day) -> Option<Telling> {
    let after = &made.application;
    match after.state {
        AnyState::CarrierUndertaking(UndertakingState::Signed) => {
            Some(Telling::Begins { fact: "undertaking", from: after.from?, to: after.to })
        }
        AnyState::CarrierUndertaking(UndertakingState::Withdrawn | UndertakingState::Revoked)
        | AnyState::Admission(AdmissionState::Left) => Some(Telling::Ends),
        AnyState::Admission(AdmissionState::Admitted) => {
            Some(Telling::Begins { fact: flag_of(programme)?, from: today, to: None })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::application::{Application, ApplicationKind, ApplicationStep, By, Given};
    use crate::machine::Actor;

    fn made(kind: ApplicationKind, steps: &[ApplicationStep]) -> Made {
        let given = Given { from: Some(Day(90)), to: Some(Day(120)), on: None };
        let mut now = Application::draft(kind);
        let mut last = None;
        for step in steps {
            let actor = if *step == ApplicationStep::Admit { Actor::Officer } else { Actor::Applicant };
            let made = now.moved(*step, By { actor, person: "acme" }, given, Day(100)).unwrap();
            now = made.application.by_itself(Day(100), 7, None).0;
            last = Some(made);
        }
        last.unwrap()
    }

    #[test]
    fn an_undertaking_is_told_with_its_days_and_its_end() {
        let signed = made(ApplicationKind::CarrierUndertaking, &[ApplicationStep::Sign]);
        let begins = Telling::Begins { fact: "undertaking", from: Day(90), to: Some(Day(120)) };
        assert_eq!(telling(&signed, None, Day(100)), Some(begins));
        let back =
            made(ApplicationKind::CarrierUndertaking, &[ApplicationStep::Sign, ApplicationStep::Withdraw]);
        assert_eq!(telling(&back, None, Day(100)), Some(Telling::Ends));
    }

    #[test]
    fn only_an_admission_that_a_rule_reads_is_told() {
        let admitted = made(ApplicationKind::Admission, &[ApplicationStep::Submit, ApplicationStep::Admit]);
        let told = |programme| telling(&admitted, Some(programme), Day(100));
        let begins = |fact| Some(Telling::Begins { fact, from: Day(100), to: None });
        assert_eq!(told("remote_local_inspection"), begins("in_remote_pilot"));
        assert_eq!(told("destination_quarantine"), begins("destination_quarantine"));
        assert_eq!(told("lot_inspection"), None);
        assert_eq!(telling(&admitted, None, Day(100)), None);
        let left = made(
            ApplicationKind::Admission,
            &[ApplicationStep::Submit, ApplicationStep::Admit, ApplicationStep::Leave],
        );
        assert_eq!(telling(&left, Some("lot_inspection"), Day(100)), Some(Telling::Ends));
        let submitted = made(ApplicationKind::Admission, &[ApplicationStep::Submit]);
        assert_eq!(telling(&submitted, Some("remote_local_inspection"), Day(100)), None);
    }
}
