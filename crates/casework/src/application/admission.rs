//! Admission to a reform or pilot: AEO first, as many as there are places, and left when the status falls (articles 4 and
//! 13).

use greenlane_terms::numbers::ApplicationNumber;

use super::{AnyState, Application, Check, Procedure, Verdict};
use crate::application::step::procedure;
use crate::machine::machine;

procedure! {
    /// How far an admission has come.
    AdmissionState ("改革试点纳入申请", "admission") {
        /// The enterprise is writing it.
        Draft "draft" "草稿" "a draft",
        /// It waits its turn.
        Submitted "submitted" "已提交" "submitted",
        /// The enterprise takes part.
        Admitted "admitted" "已纳入" "admitted",
        /// It takes part no longer.
        Left "left" "已退出" "no longer admitted",
        /// It does not take part.
        Refused "refused" "不予纳入" "refused",
        /// The enterprise does not want it any more.
        Withdrawn "withdrawn" "已撤回" "withdrawn",
    }
    /// What is done with an admission.
    AdmissionMove {
        /// The enterprise asks for it.
        Submit "提交" "submit",
        /// The enterprise takes part from now on.
        Admit "纳入" "admit",
        /// It does not take part.
        Refuse "不予纳入" "refuse",
        /// It takes part no longer, of its own or by a supervisor's word.
        Leave "退出" "leave",
        /// It was admitted as an AEO, and the measure holds no longer.
        Fall "不再符合条件" "fall",
        /// The enterprise takes it back.
        Withdraw "撤回" "withdraw",
    }
    Draft Submit => Submitted [Applicant, Officer] "4a, 13a-13d" "申请纳入的改革" "the reform that it asks for";
    Draft Withdraw => Withdrawn [Applicant] "4a, 13a-13d" "本企业" "its own enterprise";
    Submitted Admit => Admitted [Officer, Supervisor] "4a, 13a-13d" "轮到该申请且有名额" "its turn, and a place";
    Submitted Refuse => Refused [Officer, Supervisor] "4a, 13a-13d" "理由" "a reason";
    Submitted Withdraw => Withdrawn [Applicant] "4a, 13a-13d" "本企业" "its own enterprise";
    Admitted Leave => Left [Applicant, Supervisor] "4a, 13a-13d" "理由" "a reason";
    Admitted Fall => Left [System] "4a, 13a-13d" "优先纳入的条件不再符合" "what put it first holds no longer";
}

impl Procedure for AdmissionState {
    fn rests_on_law(self) -> bool {
        matches!(self, AdmissionState::Submitted | AdmissionState::Admitted)
    }

    /// Whoever was admitted before others leaves when what put it first does not hold any more. While that is not known it
    /// stays.
    fn by_law(self, application: &Application, verdict: &Verdict) -> Option<AdmissionMove> {
        let falls = application.goes_first && verdict.check == Check::Refused;
        (self == AdmissionState::Admitted && falls).then_some(AdmissionMove::Fall)
    }

    /// What put it first when it was admitted stays what it was.
    fn is_ranked(self) -> bool {
        self == AdmissionState::Submitted
    }

    fn any(self) -> AnyState {
        AnyState::Admission(self)
    }
}

/// Where an application stands among those for the same places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// The application that is next, if it is another one.
    pub next: Option<ApplicationNumber>,
    /// How many were admitted and have not left.
    pub admitted: u64,
    /// How many places there are; `None`: as many as ask.
    pub places: Option<u64>,
}

/// Why nobody is admitted now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AdmissionRefusal {
    /// Another one is next.
    #[error("application {next} is next: those that go first, then the earliest")]
    NotNext {
        /// Which.
        next: ApplicationNumber,
    },
    /// No place is left.
    #[error(
        "all {places} places are taken: one has to leave first, or the number of places has to be raised"
    )]
    Full {
        /// How many there are.
        places: u64,
    },
}

impl Turn {
    /// Whether the application is admitted now.
    ///
    /// # Errors
    /// Another one is next, or no place is left.
    pub fn check(&self) -> Result<(), AdmissionRefusal> {
        if let Some(places) = self.places.filter(|places| self.admitted >= *places) {
            return Err(AdmissionRefusal::Full { places });
        }
        self.next.map_or(Ok(()), |next| Err(AdmissionRefusal::NotNext { next }))
    }
}

#[cfg(test)]
mod tests {
    use greenlane_terms::calendar::Day;

    use super::*;
    use crate::application::ApplicationKind;
    use crate::application::ApplicationStep;
    use crate::application::tests::{moved, steps};
    use crate::machine::Actor::{Applicant, Officer};

    fn admitted(check: Check) -> Application {
        let submitted = moved(
            &Application::draft(ApplicationKind::Admission),
            ApplicationStep::Submit,
            Applicant,
            "acme",
        );
        let ranked = submitted.by_itself(Day(100), 7, Some(&says(check))).0;
        moved(&ranked, ApplicationStep::Admit, Officer, "li")
    }

    fn says(check: Check) -> Verdict {
        Verdict { check, goes_first: check == Check::Granted, waives_review: false, due: None }
    }

    #[test]
    fn whoever_came_first_as_an_aeo_leaves_with_the_status_and_others_stay() {
        let cases = [
            (Check::Granted, Check::Granted, vec![]),
            (Check::Granted, Check::Undetermined, vec![]),
            (Check::Granted, Check::Refused, vec!["fall"]),
            (Check::Refused, Check::Refused, vec![]),
            (Check::Refused, Check::Granted, vec![]),
        ];
        for (before, after, expected) in cases {
            let moves = admitted(before).by_itself(Day(101), 7, Some(&says(after))).1;
            assert_eq!(steps(&moves), expected, "{before:?} {after:?}");
        }
    }

    #[test]
    fn an_aeo_whose_status_is_unknown_for_a_while_still_falls_with_it() {
        let (unknown, none) =
            admitted(Check::Granted).by_itself(Day(101), 7, Some(&says(Check::Undetermined)));
        assert!(none.is_empty());
        assert_eq!(steps(&unknown.by_itself(Day(102), 7, Some(&says(Check::Refused))).1), ["fall"]);
    }

    #[test]
    fn places_go_in_order_until_none_is_left() {
        const SEVEN: ApplicationNumber = ApplicationNumber::new(7);
        let turn = |next, admitted, places| Turn { next, admitted, places }.check();
        assert_eq!(turn(None, 0, None), Ok(()));
        assert_eq!(turn(None, 2, Some(3)), Ok(()));
        assert_eq!(turn(None, 3, Some(3)), Err(AdmissionRefusal::Full { places: 3 }));
        assert_eq!(turn(None, 4, Some(3)), Err(AdmissionRefusal::Full { places: 3 }));
        assert_eq!(turn(Some(SEVEN), 2, Some(3)), Err(AdmissionRefusal::NotNext { next: SEVEN }));
        assert_eq!(turn(None, 0, Some(0)), Err(AdmissionRefusal::Full { places: 0 }));
    }
}
