//! Applications: made, moved and looked at.

use greenlane_casework::{ApplicationKind, ApplicationStep, Given};
use greenlane_desk::actions::applications::{Draft, Word, make_application, move_application};
use greenlane_desk::{Caller, NotDone, Problem};
use greenlane_store::KeptApplication;
use greenlane_terms::calendar::Day;
use greenlane_terms::numbers::ApplicationNumber;
use serde_json::{Map, Value, json};

use super::known::day;
use crate::office::{OFFICE, Office};

fn object(facts: &Value) -> Map<String, Value> {
    facts.as_object().unwrap().clone()
}

/// The day that an application is valid from, to, or that something was done on.
pub fn given(from: Option<&str>, to: Option<&str>, on: Option<&str>) -> Given {
    let of = |text: Option<&str>| text.map(day);
    Given { from: of(from), to: of(to), on: of(on) }
}

pub fn done_on(on: &str) -> Given {
    given(None, None, Some(on))
}

pub fn no_days() -> Given {
    Given::default()
}

/// Kind, words and fields of a refusal.
pub fn why<T>(done: Result<T, NotDone>) -> (Problem, String, Vec<String>) {
    let Err(not_done) = done else { panic!("it was done") };
    (not_done.problem(), not_done.detail().to_owned(), not_done.fields())
}

impl Office {
    pub async fn applied(
        &self,
        kind: &str,
        applicant: &str,
        facts: &Value,
    ) -> Result<KeptApplication, NotDone> {
        let kind = ApplicationKind::of_name(kind).unwrap();
        let office = greenlane_terms::Office::parse(OFFICE).unwrap();
        let draft = Draft { kind, applicant: applicant.to_owned(), office, facts: object(facts) };
        let made = make_application(&self.desk, &self.officer(0), draft, None).await;
        made.map(|made| made.application)
    }

    /// Makes a draft.
    pub async fn draft(&self, kind: &str, applicant: &str, facts: &Value) -> ApplicationNumber {
        let made = self.applied(kind, applicant, facts).await.unwrap();
        assert_eq!(made.state().name(), "draft");
        made.number
    }

    /// Makes a draft and submits it.
    pub async fn submitted(&self, kind: &str, applicant: &str, facts: &Value) -> KeptApplication {
        let number = self.draft(kind, applicant, facts).await;
        self.step(number, "submit", no_days()).await
    }

    pub async fn try_step(
        &self,
        caller: &Caller,
        number: ApplicationNumber,
        step: &str,
        given: Given,
        facts: Value,
    ) -> Result<KeptApplication, NotDone> {
        let step = ApplicationStep::of_name(step).unwrap();
        let word = Word { ground: "依申请".to_owned(), given, facts: object(&facts) };
        let moved = move_application(&self.desk, caller, number, step, word).await;
        moved.map(|moved| moved.application)
    }

    /// An officer moves an application.
    pub async fn step(&self, number: ApplicationNumber, step: &str, given: Given) -> KeptApplication {
        self.try_step(&self.officer(0), number, step, given, json!({})).await.unwrap()
    }

    /// An officer moves it, and states facts.
    pub async fn state(
        &self,
        number: ApplicationNumber,
        step: &str,
        facts: Value,
    ) -> Result<KeptApplication, NotDone> {
        self.try_step(&self.officer(0), number, step, no_days(), facts).await
    }

    pub async fn application(&self, number: ApplicationNumber) -> KeptApplication {
        self.store.application(number).await.unwrap().unwrap()
    }

    /// What happens by itself, as far as it is due now.
    pub async fn looked_at(&mut self, number: ApplicationNumber) -> KeptApplication {
        self.keep_up().await;
        self.application(number).await
    }

    /// The morning of a day, to which every day between comes first.
    pub async fn live_until(&mut self, last: Day) {
        while self.clock.today() < last {
            let next = self.clock.today().plus_days(1);
            self.hand.move_to(greenlane_terms::time::begins_us(next) + 9 * greenlane_terms::time::HOUR_US);
            self.epochs.keep_up().await.unwrap();
        }
    }
}
