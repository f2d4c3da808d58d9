//! Fair shares: what one caller may take of the server, so that a flood by one is not a wait for all.
//!
//! A caller is an account, whatever token, session or address it comes with; a stranger, who has none, is an address.

mod priority;
mod rates;
mod turns;

pub use priority::{Prior, Priority};
pub use rates::Rates;
pub use turns::{NoTurn, Turn, Turns};

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use greenlane_configuration::Configuration;
use greenlane_observe::figures;
use greenlane_terms::numbers::AccountNumber;

use crate::not_done::NotDone;
use crate::problem::Problem;

/// Dry runs that one caller has under way at once, of matters or of a pack.
const DRY_RUNS_EACH: usize = 2;

/// Dry runs of packs under way and waiting, of all callers.
const PACK_RUNS: usize = 4;

/// Seconds whose dry runs a caller may make at once.
const DRY_BURST_SECONDS: u32 = 5;

/// Seconds whose calls a stranger may make at once.
const STRANGER_BURST_SECONDS: u32 = 10;

/// How long a call that is too much waits for its refusal: so long for each call of its caller that waits, and at most.
const PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How often, and how many times, somebody whose pack is to be checked looks whether there is a turn.
const CHECK_LOOK: Duration = Duration::from_millis(25);
const CHECK_LOOKS: u32 = 40;

/// Messages to webhooks that one account sends by hand at once; then one in three seconds.
const BY_HAND: u32 = 20;
const BY_HAND_SECONDS: u64 = 3;

/// Sign-ins of one address that may fail at once; then one in ten seconds.
const FAILED_EACH: u32 = 30;
const FAILED_SECONDS: u64 = 10;

/// Sign-ins of all addresses together that may fail at once; then one in a second.
const FAILED_ALL: u32 = 600;

/// Whose share it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Who {
    /// An account, by its number.
    Account(AccountNumber),
    /// A stranger, by address; of IPv6 by network, as one stranger has 2⁶⁴ of those addresses.
    Address(IpAddr),
}

impl Who {
    /// A caller.
    #[must_use]
    pub fn of(caller: &greenlane_access::Caller) -> Who {
        Who::Account(AccountNumber::new(caller.account))
    }

    /// Whoever calls from an address without an account.
    pub fn at(address: IpAddr) -> Who {
        Who::Address(match address {
            IpAddr::V4(_) => address,
            IpAddr::V6(address) => match address.to_ipv4_mapped() {
                Some(mapped) => mapped.into(),
                None => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
            },
        })
    }
}

/// A caller has had its share.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}: try again in {seconds} s ({what_zh}，请于{seconds}秒后重试)")]
pub struct OverShare {
    /// What there was too much of, in English.
    pub what: &'static str,
    /// The same in Chinese.
    pub what_zh: &'static str,
    /// When to try again.
    pub seconds: u64,
}

/// The shares of all callers.
#[derive(Debug)]
pub struct Shares {
    calls: Rates<Who>,
    /// Of customs' own machines, if they are limited.
    machine_calls: Option<Rates<Who>>,
    stranger_calls: Rates<Who>,
    at_once: Arc<Turns<Who>>,
    /// Calls that are about to hear that they are too many.
    refused: Arc<Turns<Who>>,
    dry_matters: Rates<Who>,
    dry_at_once: Arc<Turns<Who>>,
    pack_runs: Arc<Turns<Who>>,
    streams: Arc<Turns<Who>>,
    checks: Arc<Turns<Who>>,
    by_hand: Rates<Who>,
    sign_ins: Rates<Who>,
    all_sign_ins: Rates<()>,
    /// Matters of one dry run.
    pub dry_run_limit: usize,
    /// What goes before.
    pub priority: Priority,
}

impl Shares {
    /// As configured.
    pub fn of(configuration: &Configuration) -> Arc<Shares> {
        let burst = configuration.rate_burst.get();
        let stranger = configuration.stranger_rate_limit.get();
        let dry = configuration.dry_run_rate.get();
        let connections = configuration.connection_limit.get();
        // Streams never take more than half of the connections, whatever is configured.
        let streams = configuration.stream_limit.get().min((connections / 2).max(1));
        Arc::new(Shares {
            calls: Rates::new(configuration.rate_limit.get(), burst),
            machine_calls: configuration.machine_rate_limit.map(|rate| Rates::new(rate.get(), burst)),
            stranger_calls: Rates::new(stranger, stranger.saturating_mul(STRANGER_BURST_SECONDS)),
            at_once: Turns::new(configuration.calls_at_once.get(), usize::MAX),
            refused: Turns::new(usize::MAX, usize::MAX),
            dry_matters: Rates::new(dry, dry.saturating_mul(DRY_BURST_SECONDS)),
            dry_at_once: Turns::new(DRY_RUNS_EACH, usize::MAX),
            pack_runs: Turns::new(1, PACK_RUNS),
            streams: Turns::new(configuration.streams_each.get(), streams),
            checks: Turns::new(1, configuration.pack_checks.get()),
            by_hand: Rates::new(1, BY_HAND * 3),
            sign_ins: Rates::new(1, FAILED_EACH * 10),
            all_sign_ins: Rates::new(1, FAILED_ALL),
            dry_run_limit: configuration.dry_run_limit.get(),
            priority: Priority::default(),
        })
    }

    /// A call of an account or a stranger, until the turn is dropped.
    ///
    /// # Errors
    /// It calls too often, or has too many calls under way.
    pub fn call(&self, who: &Who, is_machine: bool) -> Result<Turn<Who>, OverShare> {
        let rates = match who {
            Who::Address(_) => Some(&self.stranger_calls),
            Who::Account(_) if is_machine => self.machine_calls.as_ref(),
            Who::Account(_) => Some(&self.calls),
        };
        if let Some(rates) = rates {
            let often = ("this caller asks too often", "请求过于频繁");
            rates.take(who.clone(), 1).map_err(|seconds| over("rate", often, seconds))?;
        }
        let many = ("this caller has too many calls under way", "同时进行的请求过多");
        self.at_once.take(who).map_err(|_| over("calls", many, 1))
    }

    /// How long a caller that has had its share waits for hearing so: the longer, the more of its calls wait for that already, so that
    /// whoever asks again at once has some ten answers in a second, from however many connections.
    pub async fn pause(&self, who: &Who) {
        let Ok(turn) = self.refused.take(who) else { return };
        let waiting = u32::try_from(turn.own()).unwrap_or(u32::MAX);
        tokio::time::sleep(PAUSE.saturating_mul(waiting).min(LONGEST_PAUSE)).await;
    }

    /// A dry run of so many matters, until the turn is dropped.
    ///
    /// # Errors
    /// The caller has as many under way as one may have, or has tried too many matters lately.
    pub fn dry_run(&self, who: &Who, matters: usize) -> Result<Turn<Who>, OverShare> {
        let many = ("this caller has too many dry runs under way", "同时进行的试算过多");
        let turn = self.dry_at_once.take(who).map_err(|_| over("dry-runs", many, 1))?;
        let often = ("this caller tries too many matters", "试算的事项过多");
        let tried = self.dry_matters.take(who.clone(), matters as u64);
        tried.map_err(|seconds| over("dry-matters", often, seconds))?;
        Ok(turn)
    }

    /// A dry run of a pack, until the turn is dropped.
    ///
    /// # Errors
    /// The caller has one under way, or all callers too many.
    pub fn pack_run(&self, who: &Who) -> Result<Turn<Who>, OverShare> {
        let own = ("this caller tries a pack already", "您已有规则包正在试算");
        let all = ("too many packs are being tried", "正在试算的规则包过多");
        self.pack_runs.take(who).map_err(|none| over("pack-runs", which(none, own, all), 5))
    }

    /// A check of a pack, until the turn is dropped. It waits for a moment: one that was given up may not have ended yet.
    ///
    /// # Errors
    /// The caller has one under way, or all callers too many.
    pub async fn check(&self, who: &Who) -> Result<Turn<Who>, OverShare> {
        let own = ("this caller has a pack checked already", "您已有规则包正在检查");
        let all = ("too many packs are being checked", "正在检查的规则包过多");
        for _ in 0..CHECK_LOOKS {
            match self.checks.take(who) {
                Ok(turn) => return Ok(turn),
                Err(_) => tokio::time::sleep(CHECK_LOOK).await,
            }
        }
        self.checks.take(who).map_err(|none| over("pack-checks", which(none, own, all), 2))
    }

    /// A stream of events, until the turn is dropped.
    ///
    /// # Errors
    /// The caller has as many as one may have, or all callers together.
    pub fn stream(&self, who: &Who) -> Result<Turn<Who>, OverShare> {
        let own = ("this account reads too many streams of events", "该账户同时打开的事件流过多");
        let all = ("too many streams of events are open", "同时打开的事件流过多");
        self.streams.take(who).map_err(|none| over("streams", which(none, own, all), 10))
    }

    /// A message that somebody has sent by hand.
    ///
    /// # Errors
    /// The account has sent too many lately.
    pub fn by_hand(&self, who: &Who) -> Result<(), OverShare> {
        let often = ("this account sends too many messages by hand", "手动推送过于频繁");
        let taken = self.by_hand.take(who.clone(), BY_HAND_SECONDS);
        taken.map_err(|seconds| over("webhook-tests", often, seconds))
    }

    /// Somebody at an address tries a password. What succeeds is given back, so that only failures count.
    ///
    /// # Errors
    /// Too many sign-ins failed lately: of this address; or of all, and one of this address among them.
    pub fn sign_in(&self, from: &Who) -> Result<(), OverShare> {
        let often = ("too many sign-ins failed", "登录失败次数过多");
        let is_new = self.sign_ins.is_full(from);
        let own = self.sign_ins.take(from.clone(), FAILED_SECONDS);
        let all = self.all_sign_ins.take((), 1);
        // Where nothing failed lately nobody suffers for what others do.
        let all = if is_new { Ok(()) } else { all };
        own.and(all).map_err(|seconds| over("sign-ins", often, seconds))
    }

    /// A sign-in has not failed after all.
    pub fn signed_in(&self, from: &Who) {
        self.sign_ins.give_back(from.clone(), FAILED_SECONDS);
        self.all_sign_ins.give_back((), 1);
    }
}

type Words = (&'static str, &'static str);

fn which(none: NoTurn, own: Words, all: Words) -> Words {
    match none {
        NoTurn::Own => own,
        NoTurn::All => all,
    }
}

fn over(figure: &'static str, (what, what_zh): Words, seconds: u64) -> OverShare {
    figures::refused(figure);
    OverShare { what, what_zh, seconds }
}

impl From<OverShare> for NotDone {
    fn from(over: OverShare) -> NotDone {
        NotDone::new(Problem::Rate, over.to_string()).again_after(over.seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stranger_is_an_address_or_a_network() {
        let who = |text: &str| Who::at(text.parse().unwrap());
        assert_eq!(who("2001:db8::1"), who("2001:db8::2:3"));
        assert_ne!(who("2001:db8:0:1::1"), who("2001:db8::1"));
        assert_eq!(who("::ffff:10.0.0.1"), who("10.0.0.1"));
        assert_ne!(who("10.0.0.1"), who("10.0.0.2"));
    }
}
