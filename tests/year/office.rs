//! An office: its desk on a database, and a clock that a hand moves.

use std::path::Path;
use std::sync::Arc;

use greenlane_access::{CallerKind, Role, Rules};
use greenlane_configuration::Given;
use greenlane_desk::decisions::{Closing, Deciders, PartiesByPack, Setting};
use greenlane_desk::epochs::Epochs;
use greenlane_desk::keys::{Keys, key_file};
use greenlane_desk::laws::Laws;
use greenlane_desk::people::{Trail, TrailKeeper};
use greenlane_desk::shares::Shares;
use greenlane_desk::{Caller, Desk};
use greenlane_evaluate::batch::Draws;
use greenlane_policy::load::PackFiles;
use greenlane_policy::pack::Pack;
use greenlane_store::{LogKey, Mover, Store};
use greenlane_terms::{Clock, ClockHand};

/// The office whose year it is.
pub const OFFICE: &str = "5301";

pub struct Office {
    pub desk: Desk,
    pub hand: ClockHand,
    pub clock: Clock,
    pub store: Store,
    pub epochs: Epochs,
    pub log_key: LogKey,
    closing: Closing,
    keeper: TrailKeeper,
}

impl Office {
    /// Opens the office, as a server does when it starts.
    pub async fn open(url: &str, folder: &Path, at_us: i64) -> Office {
        let configuration = greenlane_configuration::read(&Given::default()).unwrap();
        let (clock, hand) = Clock::set_to(at_us);
        let store = Store::open(url, 4).await.unwrap();
        let keys = Keys::open(&store, &key_file(&folder.join("key")).unwrap()).await.unwrap();
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
        let desk = Desk::new(setting, deciders, keys, trail);
        Office { desk, hand, clock, store, epochs, log_key, closing, keeper }
    }

    /// Closes it as a server stops: what was asked is answered.
    pub async fn close(self) {
        let Office { desk, closing, keeper, store, .. } = self;
        drop(desk);
        closing.wait().await;
        keeper.wait().await;
        store.close().await;
    }

    /// Somebody with roles at the office.
    pub fn caller(&self, account: u64, login: &str, kind: CallerKind, roles: &[Role]) -> Caller {
        let who = greenlane_access::Caller {
            account,
            login: login.to_owned(),
            kind,
            roles: roles.iter().copied().collect(),
            offices: [OFFICE.to_owned()].into(),
            enterprise: [].into(),
            scopes: None,
            token: None,
        };
        Caller::new(Arc::new(who), Arc::clone(&self.desk.rules))
    }
}
