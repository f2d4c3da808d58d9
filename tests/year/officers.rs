//! Officers at their tasks: taken, ended with or without a finding, given back, forgotten until their time is over, taken back.

use greenlane_casework::{Finding, Mode, Outcome, Queue};
use greenlane_desk::actions::tasks::{self, Lease};
use greenlane_terms::time::HOUR_US;

use super::life::Life;
use crate::office::OFFICERS;

const MINUTE_US: i64 = HOUR_US / 60;

impl Life {
    /// Each officer takes one task, if there is one.
    pub async fn officers_work(&mut self, now_us: i64) {
        for (at, login) in OFFICERS.into_iter().enumerate() {
            let office = self.office.as_ref().unwrap();
            let (desk, officer) = (&office.desk, office.officer(at));
            let lease = Lease { seconds: Some(600) };
            let Some(claimed) = tasks::claim_next(desk, &officer, Vec::new(), &[], lease).await.unwrap()
            else {
                return;
            };
            let task = claimed.task;
            assert_eq!(task.task.officer.as_deref(), Some(login));
            match self.chance.below(12) {
                0 => drop(tasks::release(desk, &officer, task.number, "改派").await.unwrap()),
                // Eleven minutes later it is nobody's: another officer can take it.
                1 => {
                    self.known.fault("lease run out");
                    office.hand.move_to(now_us + 11 * MINUTE_US);
                }
                2 => {
                    let supervisor = office.supervisor(0);
                    tasks::withdraw(desk, &supervisor, task.number, "撤销任务").await.unwrap();
                    assert!(self.known.done.insert(task.number), "task {} ended twice", task.number);
                }
                3 => {
                    tasks::heartbeat(desk, &officer, task.number, lease).await.unwrap();
                    tasks::release(desk, &officer, task.number, "改派").await.unwrap();
                }
                _ => {
                    let is_finding = task.of.queue != Queue::Amendment && self.chance.happens(150);
                    tasks::complete(desk, &officer, &task, outcome(is_finding), None).await.unwrap();
                    assert!(self.known.done.insert(task.number), "task {} ended twice", task.number);
                }
            }
        }
    }
}

fn outcome(is_finding: bool) -> Outcome {
    let finding = Finding {
        code: "quantity".to_owned(),
        quantity: Some("2".to_owned()),
        measured_in: Some("kg".to_owned()),
        text: String::new(),
    };
    let findings = if is_finding { vec![finding] } else { Vec::new() };
    Outcome { mode: Mode::OnSite, findings, text: String::new(), attachments: Vec::new() }
}
