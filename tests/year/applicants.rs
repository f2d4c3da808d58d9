//! Applications of every kind, moved at random by whoever may: what is offered is made, or refused for a reason that has a name.

use greenlane_casework::{ApplicationKind, Asks, Given, Possible};
use greenlane_desk::actions::applications::{Draft, Word, make_application, move_application, moves_of};
use greenlane_desk::{Caller, Problem};
use greenlane_store::KeptApplication;
use greenlane_terms::calendar::Day;
use greenlane_terms::numbers::ApplicationNumber;
use serde_json::{Map, Value, json};

use super::life::Life;
use super::trade::{ENTERPRISES, enterprise};
use crate::office::{OFFICE, Office};

/// Why a move that is offered may be refused: it is another one's turn.
const REFUSED: [(Problem, &str); 1] = [(Problem::ApplicationState, " is next: ")];

impl Life {
    /// Some enterprise applies for something.
    pub async fn apply(&mut self, today: Day) {
        let kinds = ApplicationKind::ALL;
        let kind = match self.chance.happens(400) {
            true => ApplicationKind::GuaranteeWaiver,
            false => kinds[self.chance.place(kinds.len())],
        };
        let applicant = enterprise(self.chance.below(ENTERPRISES));
        let facts = self.stated(kind, today);
        let office = self.office.as_ref().unwrap();
        let caller = office.applicant(&applicant);
        let draft = Draft { kind, applicant, office: greenlane_terms::Office::parse(OFFICE).unwrap(), facts };
        let made = make_application(&office.desk, &caller, draft, None).await.unwrap();
        assert!(self.known.applications.insert(made.application.number), "a number was given twice");
    }

    /// What an application of a kind states.
    fn stated(&mut self, kind: ApplicationKind, today: Day) -> Map<String, Value> {
        let back = i32::try_from(self.chance.below(420)).unwrap();
        let is = self.chance.happens(700);
        let facts = match kind {
            ApplicationKind::GuaranteeWaiver => {
                let all = |value: &str| -> Value {
                    ["y1", "y2", "y3", "y4", "y5", "last_month"]
                        .map(|at| (at.to_owned(), json!(value)))
                        .into_iter()
                        .collect::<Map<_, _>>()
                        .into()
                };
                json!({ "debt_ratio_excellent": all("0.4820"), "cash_ratio_excellent": all("0.2410") })
            }
            ApplicationKind::VoluntaryDisclosure => json!({
                "violation_on": today.plus_days(-back).to_string(), "violation_kind": "tax", "found_by_customs_before": !is,
                "corrected_in_time": true, "tax_short": "5000000.00", "tax_due": "10000000.00",
            }),
            ApplicationKind::PackagingTest => json!({
                "is_hazardous_packaging": true, "packaging_class": "class_2", "packaging_last_test": today.plus_days(-back).to_string(),
            }),
            ApplicationKind::CarrierUndertaking => json!({ "text": "遵守规定", "signatory": "陈某" }),
            ApplicationKind::Admission => json!({ "admission_to": "lot_inspection" }),
            ApplicationKind::ForeignRegistration => {
                json!({ "is_biological_material": is, "foreign_registration_required": true })
            }
            _ => json!({}),
        };
        facts.as_object().unwrap().clone()
    }

    /// Somebody moves an application as far as they may.
    pub async fn move_one(&mut self, today: Day) {
        let Some(number) = self.some_application() else { return };
        let office = self.office.as_ref().unwrap();
        let kept = office.store.application(number).await.unwrap().unwrap();
        let caller = some_caller(office, &kept, self.chance.below(5));
        let possible = moves_of(&caller, &kept);
        if possible.is_empty() {
            return;
        }
        let Possible { step, asks, .. } = possible[self.chance.place(possible.len())];
        let ahead = i32::try_from(self.chance.below(60)).unwrap();
        let given = given(asks, today, ahead);
        let word = Word { ground: "依申请".to_owned(), given, facts: Map::new() };
        match move_application(&office.desk, &caller, number, step, word).await {
            Ok(_) => *self.known.moves.entry(format!("{} {step}", kept.of.kind.name())).or_insert(0) += 1,
            Err(refused) => {
                let is_expected = |(problem, detail): &(Problem, &str)| {
                    refused.problem() == *problem && refused.detail().contains(detail)
                };
                assert!(
                    REFUSED.iter().any(is_expected),
                    "{} {step} refused: {refused:?}",
                    kept.of.kind.name()
                );
            }
        }
    }

    fn some_application(&mut self) -> Option<ApplicationNumber> {
        let all = &self.known.applications;
        // The latest are moved the most.
        let back = self.chance.below(40.min(all.len().max(1) as u64));
        all.iter().rev().nth(usize::try_from(back).unwrap()).copied()
    }
}

/// The applicant, one of the officers, or one of the supervisors.
fn some_caller(office: &Office, kept: &KeptApplication, who: u64) -> Caller {
    match who {
        0 => office.applicant(&kept.of.applicant),
        1 | 2 => office.officer(usize::try_from(who).unwrap()),
        _ => office.supervisor(who - 3),
    }
}

fn given(asks: Asks, today: Day, ahead: i32) -> Given {
    match asks {
        Asks::Nothing => Given::default(),
        Asks::Period => {
            // Some come to their last day while their pilot lasts, and others last long enough for what befalls them.
            let days = if ahead % 2 == 0 { 15 } else { 60 };
            let from = today.plus_days(ahead - 10);
            Given { from: Some(from), to: Some(from.plus_days(days)), on: None }
        }
        Asks::LastDay => Given { on: Some(today.plus_days(ahead)), ..Given::default() },
        Asks::DoneOn => Given { on: Some(today.plus_days(-ahead)), ..Given::default() },
    }
}
