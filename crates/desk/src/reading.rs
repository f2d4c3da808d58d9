//! The store as faces see it: they read, and only the desk writes.

use std::collections::BTreeMap;

use ed25519_dalek::SigningKey;
use greenlane_casework::{Queue, TaskState};
use greenlane_policy::load::PackFiles;
use greenlane_selection::DrawCounts;
use greenlane_store::registry::{Enterprise, Event, Record};
use greenlane_store::{
    Account, Administration, ApplicationFilter, ApplicationOrder, Approval, DeadLetter, Entry, Frontier,
    KeptAccountWish, KeptApplication, KeptLot, KeptTask, Kind, LogTime, LotFilter, RateFilter, RateKey,
    Receipt, Release, ServiceTime, Store, StoreError, TaskFilter, Token, TreeHead, Webhook,
};
use greenlane_terms::Office;
use greenlane_terms::numbers::{
    AccountNumber, ApplicationNumber, EnterpriseNumber, EntryNumber, EventNumber, LotNumber, PackNumber,
    RecordNumber, TaskNumber, TokenNumber,
};

/// What faces read. Whether the caller may is asked before: nothing here knows who calls.
#[derive(Clone, Copy)]
pub struct Reading<'s>(pub(crate) &'s Store);

macro_rules! reads {
    ($visible:vis $($name:ident($($argument:ident: $type:ty),*) -> $found:ty;)*) => {
        impl Reading<'_> {$(
            #[doc = concat!("See [`Store::", stringify!($name), "`].\n\n# Errors\nThe database refuses.")]
            $visible async fn $name(self, $($argument: $type),*) -> Result<$found, StoreError> {
                self.0.$name($($argument),*).await
            }
        )*}
    };
}

// What actions of the desk read before they know whether the caller may.
reads! {
    pub(crate)
    account_wish(change: u64, at_us: i64) -> Option<KeptAccountWish>;
    application(number: ApplicationNumber) -> Option<KeptApplication>;
    claimed_of(matter: &str) -> Vec<Queue>;
    lot(number: LotNumber) -> Option<KeptLot>;
    matter_office(id: &str) -> Option<Office>;
    office_of_event(event: EventNumber) -> Option<Option<Office>>;
    release(number: PackNumber) -> Option<Release>;
    releases(before: Option<PackNumber>, limit: u32) -> Vec<Release>;
    token(number: TokenNumber) -> Option<Token>;
}

reads! {
    pub
    account(account: AccountNumber) -> Option<Account>;
    account_by_login(login: &str) -> Option<Account>;
    account_wishes(before: Option<u64>, only_pending: bool, limit: u32, at_us: i64) -> Vec<KeptAccountWish>;
    accounts(after: AccountNumber, limit: u32) -> Vec<Account>;
    administration() -> Administration;
    alarms(filter: &RateFilter, before: Option<EntryNumber>, limit: u32) -> Vec<(EntryNumber, Entry)>;
    applications(filter: &ApplicationFilter, order: ApplicationOrder, limit: u32) -> Vec<KeptApplication>;
    approved_packs() -> Vec<Approval>;
    consistency(old: u64, size: u64) -> Vec<u8>;
    count_lost_letters() -> BTreeMap<String, u64>;
    counted() -> u64;
    dead_letters(webhook: &str, after: Option<u64>, limit: u32) -> Vec<DeadLetter>;
    enterprises(after: EnterpriseNumber, limit: u32) -> Vec<Enterprise>;
    entries(from: u64, count: u64) -> Vec<(EntryNumber, Entry)>;
    entries_about(subject: &str, kind: Option<Kind>, limit: u32) -> Vec<(EntryNumber, Entry)>;
    entries_of_kind(kind: Kind, before: Option<EntryNumber>, limit: u32) -> Vec<(EntryNumber, Entry)>;
    events(enterprise: EnterpriseNumber, after: EventNumber, limit: u32) -> Vec<Event>;
    frontier() -> Frontier;
    log_time() -> LogTime;
    lots(filter: &LotFilter, after: LotNumber, limit: u32) -> Vec<KeptLot>;
    pack_files(number: PackNumber) -> PackFiles;
    pack_number(hash: &str) -> Option<PackNumber>;
    ping() -> ();
    published_releases(before: Option<PackNumber>, limit: u32) -> Vec<Release>;
    rates(filter: &RateFilter) -> BTreeMap<RateKey, DrawCounts>;
    receipt(entry: u64, head: TreeHead) -> Receipt;
    records(enterprise: EnterpriseNumber, after: RecordNumber, limit: u32) -> Vec<Record>;
    service_times(filter: &TaskFilter, since_us: i64) -> Vec<ServiceTime>;
    sign_head(key: &SigningKey, at_us: i64) -> TreeHead;
    task(number: TaskNumber) -> Option<KeptTask>;
    tasks(state: TaskState, filter: &TaskFilter, after: Option<(i64, TaskNumber)>, limit: u32) -> Vec<KeptTask>;
    tasks_ended(filter: &TaskFilter, since_us: i64, before: Option<(i64, TaskNumber)>, limit: u32) -> Vec<KeptTask>;
    tasks_for(officer: &str, filter: &TaskFilter, limit: u32) -> Vec<KeptTask>;
    tokens(account: Option<AccountNumber>, after: TokenNumber, limit: u32) -> Vec<Token>;
    untold(account: AccountNumber, at_us: i64) -> Vec<KeptAccountWish>;
    webhooks(after: &str, limit: u32) -> Vec<Webhook>;
}
