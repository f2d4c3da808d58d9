//! What goes wrong in a year, on purpose.

use std::path::PathBuf;

use greenlane_store::TimeFault;
use greenlane_terms::numbers::EntryNumber;
use greenlane_terms::time::HOUR_US;

use super::life::Life;
use super::process;
use crate::office::Office;

impl Life {
    /// Something may go wrong on a day, at this instant.
    pub async fn something_goes_wrong(&mut self, now_us: i64) {
        match self.chance.below(140) {
            0..=2 => self.start_again(now_us).await,
            3..=5 => self.the_clock_jumps_back(now_us).await,
            6..=7 => self.the_process_is_killed(now_us).await,
            8..=10 => self.the_database_is_away().await,
            11..=12 => self.an_answer_is_lost().await,
            _ => {}
        }
    }

    /// The program ends as it should and is started again.
    async fn start_again(&mut self, at_us: i64) {
        self.known.fault("restarted");
        self.close().await;
        self.office = Some(Office::open(&self.home, at_us).await);
    }

    /// The process is killed while it declares. What was acknowledged is there; what was not is there once it was asked about again.
    async fn the_process_is_killed(&mut self, at_us: i64) {
        self.known.fault("killed");
        self.close().await;
        let (home, first) = (self.home.clone(), self.declared + 1);
        let answers = usize::try_from(1 + self.chance.below(6)).unwrap();
        let kill = tokio::task::spawn_blocking(move || process::killed(&home, at_us, first, answers));
        let answered = kill.await.unwrap();
        self.office = Some(Office::open(&self.home, at_us).await);
        self.declared += process::MOST;
        for number in first..=self.declared {
            self.declare(number).await;
        }
        for (number, entry) in answered {
            let matter = super::trade::matter(self.home.seed, number);
            let told = self.known.decisions.get(matter["matter_id"].as_str().unwrap());
            assert_eq!(
                told.map(|told| told.entry),
                Some(EntryNumber::new(entry)),
                "{matter} was acknowledged at that entry"
            );
        }
    }

    /// The clock goes back by an hour: nothing is kept until it is right again.
    async fn the_clock_jumps_back(&mut self, now_us: i64) {
        self.known.fault("clock an hour back");
        // Something stands in the log at this time.
        self.declare_next().await;
        let size = self.office().store.frontier().await.unwrap().size();
        let number = self.declared + 1;
        let office = self.office();
        office.hand.move_to(now_us - HOUR_US);
        let stamp = office.store.log_time().await.unwrap().stamp(now_us - HOUR_US);
        assert!(matches!(stamp, Err(TimeFault::ClockBehind { .. })), "{stamp:?}");
        let matter = super::trade::matter(self.home.seed, number);
        let refused = office.ask(&[matter], &process::key(number)).await;
        assert!(refused.is_err(), "kept although the clock is behind");
        assert_eq!(office.store.frontier().await.unwrap().size(), size, "something was kept");
        office.hand.move_to(now_us);
        self.declare_next().await;
    }

    /// The database is away for a while: what is asked meanwhile is not acknowledged, and can be asked again.
    async fn the_database_is_away(&mut self) {
        self.known.fault("database away");
        let number = self.declared + 1;
        let matter = super::trade::matter(self.home.seed, number);
        let key = process::key(number);
        match self.home.postgres {
            None => {
                let file = PathBuf::from(self.home.url.strip_prefix("sqlite:").unwrap());
                let aside = file.with_extension("aside");
                std::fs::rename(&file, &aside).unwrap();
                let refused = self.office().ask(&[matter], &key).await;
                std::fs::rename(&aside, &file).unwrap();
                assert!(refused.is_err(), "acknowledged without a database");
            }
            Some(name) => {
                // Its connections are cut while it is asked; nobody knows whether before or after the commit.
                let cut = format!(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
                );
                let matters = [matter];
                let (answer, ()) = tokio::join!(self.office().ask(&matters, &key), self.home.psql(&cut));
                drop(answer);
            }
        }
        self.declare_next().await;
    }

    /// An answer does not arrive, and the matter is asked about again under the same key.
    async fn an_answer_is_lost(&mut self) {
        self.known.fault("answer lost");
        let number = self.declared + 1;
        let matter = super::trade::matter(self.home.seed, number);
        let first = self.office().ask(&[matter], &process::key(number)).await.unwrap();
        self.declare_next().await;
        let again =
            self.office().ask(&[super::trade::matter(self.home.seed, number)], &process::key(number)).await;
        let again = again.unwrap();
        assert!(again.repeated);
        assert_eq!(again.first_entry, first.first_entry);
        assert!(
            again.decisions.iter().map(|line| &line[..]).eq(first.decisions.iter().map(|line| &line[..]))
        );
    }
}
