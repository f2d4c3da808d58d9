//! An office: its desk on a database, a clock that a hand moves, and the people who serve there. Its years are in `tests/year`.

use std::path::PathBuf;
use std::sync::Arc;

use greenlane_access::{CallerKind, Role, Rules};
use greenlane_configuration::Given;
use greenlane_desk::decisions::{
    Answer, Closing, Deciders, DeskError, Format, PartiesByPack, Question, RESERVED, Setting,
};
use greenlane_desk::epochs::Epochs;
use greenlane_desk::keys::{DRAW_KEY, Keys, key_file};
use greenlane_desk::laws::Laws;
use greenlane_desk::people::{Trail, TrailKeeper};
use greenlane_desk::rates::Counter;
use greenlane_desk::shares::Shares;
use greenlane_desk::{Caller, Desk};
use greenlane_evaluate::batch::Draws;
use greenlane_policy::load::PackFiles;
use greenlane_policy::pack::Pack;
use greenlane_store::{LogKey, Mover, RequestKey, Store};
use greenlane_terms::{Clock, ClockHand};
use serde_json::Value;

/// Whose desk it is: in the pilot of article 7 until 2026-03-31.
pub const OFFICE: &str = "2201";

/// Officers of the office.
pub const OFFICERS: [&str; 3] = ["li", "wang", "zhao"];

/// Where the office keeps its things.
#[derive(Clone, Debug)]
pub struct Home {
    /// Its database.
    pub url: String,
    /// Its key, and its database if it is a file.
    pub folder: PathBuf,
    /// Name of its database, if PostgreSQL has it.
    pub postgres: Option<&'static str>,
    /// By which the year goes.
    pub seed: u64,
}

pub struct Office {
    pub desk: Desk,
    pub hand: ClockHand,
    pub clock: Clock,
    pub store: Store,
    pub epochs: Epochs,
    pub log_key: LogKey,
    pub reveal_after: i32,
    counter: Counter,
    closing: Closing,
    keeper: TrailKeeper,
}

impl Office {
    /// Opens the office, as a server does when it starts.
    pub async fn open(home: &Home, at_us: i64) -> Office {
        let configuration = greenlane_configuration::read(&Given::default()).unwrap();
        let (clock, hand) = Clock::set_to(at_us);
        let store = Store::open(&home.url, 3).await.unwrap();
        let seal = key_file(&home.folder.join("key")).unwrap();
        // The same seed draws the same.
        let mut master = [36; 32];
        master[..8].copy_from_slice(&home.seed.to_be_bytes());
        store.keep_secret(DRAW_KEY, &seal.seal(DRAW_KEY, &master, [0; 24]).unwrap()).await.unwrap();
        let keys = Keys::open(&store, &seal).await.unwrap();
        let files = PackFiles::embedded();
        let by = Mover { person: "greenlane".to_owned(), at_us, today: clock.today(), reason: None };
        store.first_pack(&files, &Pack::load(&files).unwrap().id, &by).await.unwrap();
        let laws = Laws::open(&store, clock.clone()).await.unwrap();
        store.begin_images().await.unwrap();
        store.limit_clock_ahead(configuration.clock_ahead_hours.us()).await.unwrap();
        let draws = Draws::new(keys.draws.clone());
        let reveal_after = configuration.reveal_after.0;
        let epochs = Epochs::new(store.clone(), draws.clone(), clock.clone(), reveal_after);
        epochs.keep_up().await.unwrap();
        let (trail, keeper) = Trail::keep(store.clone(), clock.clone());
        let setting = Setting {
            clock: clock.clone(),
            rules: Arc::new(Rules::embedded()),
            laws,
            draws,
            epochs: epochs.clone(),
            parties: PartiesByPack::new(&store),
            store: store.clone(),
            standards: None,
            pace: Arc::default(),
            draws_told: configuration.draws_told,
            reveal_after,
            shares: Shares::of(&configuration),
        };
        let (deciders, closing) = Deciders::open(&setting, 1).unwrap();
        let log_key = LogKey::of(&keys.log);
        let counter = Counter::new(store.clone(), setting.laws.clone(), clock.clone());
        let desk = Desk::new(setting, deciders, keys, trail);
        let reveal_after = i32::from(reveal_after);
        Office { desk, hand, clock, store, epochs, log_key, reveal_after, counter, closing, keeper }
    }

    /// Closes it as a server stops: what was asked is answered.
    pub async fn close(self) {
        let Office { desk, closing, keeper, store, .. } = self;
        drop(desk);
        closing.wait().await;
        keeper.wait().await;
        store.close().await;
    }

    /// Does once what a server does beside its calls: keys of the draws, the law, applications, rates.
    pub async fn keep_up(&mut self) {
        self.epochs.keep_up().await.unwrap();
        self.desk.laws.refresh().await.unwrap();
        while self.desk.applications.look_at_due().await.unwrap() > 0 {}
        self.desk.applications.look_at_the_day().await.unwrap();
        self.counter.catch_up().await.unwrap();
    }

    /// The system through which brokers declare.
    pub fn machine(&self) -> Caller {
        self.caller(1, "customs", CallerKind::Machine, Role::Machine, OFFICE)
    }

    /// One of [`OFFICERS`].
    pub fn officer(&self, at: usize) -> Caller {
        self.caller(10 + at as u64, OFFICERS[at], CallerKind::Person, Role::Officer, OFFICE)
    }

    /// One of two supervisors, who also keep the registry.
    pub fn supervisor(&self, at: u64) -> Caller {
        let login = if at == 0 { "qian" } else { "sun" };
        self.caller(20 + at, login, CallerKind::Person, Role::Supervisor, "*")
    }

    /// One of two who change the law.
    pub fn lawmaker(&self, at: u64) -> Caller {
        let login = if at == 0 { "zhou" } else { "wu" };
        self.caller(30 + at, login, CallerKind::Person, Role::PolicyEditor, "*")
    }

    /// Whoever acts for an enterprise.
    pub fn applicant(&self, enterprise: &str) -> Caller {
        let mut who = self.who(40, &format!("of {enterprise}"), CallerKind::Person, Role::Enterprise, OFFICE);
        who.offices = [].into();
        who.enterprise = [enterprise.to_owned()].into();
        Caller::new(Arc::new(who), Arc::clone(&self.desk.rules))
    }

    fn caller(&self, account: u64, login: &str, kind: CallerKind, role: Role, office: &str) -> Caller {
        Caller::new(Arc::new(self.who(account, login, kind, role, office)), Arc::clone(&self.desk.rules))
    }

    fn who(
        &self,
        account: u64,
        login: &str,
        kind: CallerKind,
        role: Role,
        office: &str,
    ) -> greenlane_access::Caller {
        greenlane_access::Caller {
            account,
            login: login.to_owned(),
            kind,
            roles: [role].into(),
            offices: [office.to_owned()].into(),
            ..greenlane_access::Caller::default()
        }
    }

    /// Asks about matters as the machine does, under an idempotency key.
    pub async fn ask(&self, matters: &[Value], key: &str) -> Result<Answer, DeskError> {
        let text: String = matters.iter().map(|matter| format!("{matter}\n")).collect();
        let mut fingerprint = [0; 32];
        fingerprint[..8].copy_from_slice(&(text.len() as u64).to_be_bytes());
        let request = Some(RequestKey { caller: "customs".to_owned(), key: key.to_owned(), fingerprint });
        let question = Question {
            caller: self.machine().who,
            text: text.into(),
            format: Format::Ndjson,
            request,
            dry_run: false,
            as_of: None,
            sources: false,
            reserved: RESERVED,
        };
        self.desk.deciders.ask(question).await
    }
}

impl Home {
    /// Runs a statement at the server of PostgreSQL, as its operator does.
    pub async fn psql(&self, sql: &str) {
        let host = self.url.split("host=").nth(1).unwrap().to_owned();
        let sql = sql.to_owned();
        let run = move || {
            std::process::Command::new("psql")
                .args(["-X", "-q", "-U", "postgres", "-d", "postgres", "-h", &host, "-c", &sql])
                .output()
        };
        let output = tokio::task::spawn_blocking(run).await.unwrap().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}
