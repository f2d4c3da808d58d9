//! What happens at an office from day to day.

use std::time::Instant;

use greenlane_desk::actions::registry;
use greenlane_store::registry::Author;
use greenlane_terms::calendar::Day;
use greenlane_terms::numbers::EntryNumber;
use greenlane_terms::time::{HOUR_US, begins_us};

use super::known::Known;
use super::process;
use super::trade;
use crate::chance::Chance;
use crate::office::{Home, Office};

const SECOND_US: i64 = 1_000_000;

/// A year as far as it was lived.
pub struct Life {
    pub home: Home,
    /// Closed for a moment when it is started again.
    pub office: Option<Office>,
    pub chance: Chance,
    pub known: Known,
    /// Numbers of matters that were given so far.
    pub declared: u64,
    begun: Instant,
    pub days: i32,
}

impl Life {
    pub async fn begin(home: Home, first: Day, chance: Chance) -> Life {
        let office = Office::open(&home, begins_us(first)).await;
        trade::register(&office, &office.supervisor(0), first).await;
        let known = Known::default();
        Life { home, office: Some(office), chance, known, declared: 0, begun: Instant::now(), days: 0 }
    }

    pub fn office(&self) -> &Office {
        self.office.as_ref().unwrap()
    }

    pub async fn close(&mut self) {
        self.office.take().unwrap().close().await;
    }

    /// A day: just after midnight, in the morning, and just before the next midnight; then what has to hold is looked at.
    pub async fn live(&mut self, day: Day) {
        let begins = begins_us(day);
        self.office().hand.move_to(begins);
        if self.chance.happens(250) {
            // The first call of the day comes before the server has looked at its clock.
            self.declare_next().await;
        }
        // The server looks at its clock every second.
        self.office().hand.move_to(begins + SECOND_US);
        self.office.as_mut().unwrap().keep_up().await;
        let nine = begins + 9 * HOUR_US;
        self.office().hand.move_to(nine);
        if self.days == 100 || self.days == 200 {
            let ahead = i32::try_from(1 + self.chance.below(30)).unwrap();
            self.change_the_law(day.plus_days(ahead)).await;
        }
        self.something_goes_wrong(nine).await;
        self.declare_some().await;
        self.officers_work(nine).await;
        self.registry_changes(day).await;
        if self.chance.happens(300) {
            self.apply(day).await;
        }
        for _ in 0..self.chance.below(5) {
            self.move_one(day).await;
        }
        self.office().hand.move_to(begins_us(day.plus_days(1)) - 1);
        if self.chance.happens(250) {
            self.declare_next().await;
        }
        self.look(day).await;
        self.days += 1;
    }

    /// The next matters, none to three.
    async fn declare_some(&mut self) {
        for _ in 0..self.chance.below(4) {
            self.declare_next().await;
        }
    }

    pub async fn declare_next(&mut self) {
        self.declared += 1;
        self.declare(self.declared).await;
    }

    /// Asks about the matter of a number, under its key; it may have been asked about before.
    pub async fn declare(&mut self, number: u64) {
        let matter = trade::matter(self.home.seed, number);
        let answer = self.office.as_ref().unwrap().ask(&[matter], &process::key(number)).await.unwrap();
        assert!(answer.rejects.is_empty(), "{:?}", answer.rejects);
        let decision = serde_json::from_slice(&answer.decisions[0]).unwrap();
        self.known.hear(&decision, EntryNumber::new(answer.first_entry.unwrap()));
    }

    /// Tax is paid, late or in time; a level falls and comes back; a penalty is imposed.
    async fn registry_changes(&mut self, day: Day) {
        let office = self.office.as_ref().unwrap();
        let (desk, registrar) = (&office.desk, office.supervisor(1));
        let author = Author { person: registrar.person().to_owned(), ground: "登记".to_owned() };
        let whose = self.chance.below(5);
        let event = match self.chance.below(120) {
            0..=5 => Some(("tax_payment", 500_000)),
            6 => Some(("late_payment", 0)),
            7 => Some(("penalty", 0)),
            8 => Some(("finding", 0)),
            _ => None,
        };
        if let Some((kind, fen)) = event {
            let events = [trade::event(whose, kind, day, fen)];
            registry::post_events(desk, &registrar, &events, &author, None).await.unwrap();
        }
        let level = match self.chance.below(120) {
            0 => trade::level("regular", day),
            1..=3 => trade::level("advanced", day),
            _ => return,
        };
        let whose = trade::enterprise(whose);
        registry::record(desk, &registrar, (&whose, None), level, &author, None).await.unwrap();
    }

    /// What was lived, in one line.
    pub fn told(&self) -> String {
        let ms = self.begun.elapsed().as_millis().max(1);
        format!(
            "{} days in {ms} ms ({} a second), {} decisions, {} tasks ended, {} lots, {} applications, {} of their moves \
             of {} kinds, {} looks; {:?}",
            self.days,
            u128::from(self.days.unsigned_abs()) * 1_000 / ms,
            self.known.decisions.len(),
            self.known.done.len(),
            self.known.firsts.len(),
            self.known.applications.len(),
            self.known.moves.values().sum::<u64>(),
            self.known.moves.len(),
            self.known.looked,
            self.known.faults,
        )
    }
}
