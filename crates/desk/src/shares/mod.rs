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
    use greenlane_configuration::{Given, read};

    use super::*;

    fn shares(keys: &[(&'static str, &str)]) -> Arc<Shares> {
        let flags = keys.iter().map(|(key, value)| (*key, (*value).to_owned())).collect();
        Shares::of(&read(&Given { flags, ..Given::default() }).unwrap())
    }

    fn account(number: u64) -> Who {
        Who::of(&greenlane_access::Caller { account: number, ..greenlane_access::Caller::default() })
    }

    fn address(text: &str) -> Who {
        Who::at(text.parse().unwrap())
    }

    /// What one hears who has had its share.
    fn heard<T>(taken: Result<T, OverShare>) -> (&'static str, &'static str) {
        let Err(OverShare { what, what_zh, .. }) = taken else { panic!("there was a share left") };
        (what, what_zh)
    }

    #[test]
    fn a_stranger_is_an_address_or_a_network() {
        assert_eq!(address("2001:db8::1"), address("2001:db8::2:3"));
        assert_ne!(address("2001:db8:0:1::1"), address("2001:db8::1"));
        assert_eq!(address("::ffff:10.0.0.1"), address("10.0.0.1"));
        assert_ne!(address("10.0.0.1"), address("10.0.0.2"));
        assert_eq!(account(7), Who::Account(AccountNumber::new(7)));
    }

    #[test]
    fn accounts_machines_and_strangers_call_as_often_as_each_of_them_may() {
        let often = ("this caller asks too often", "请求过于频繁");
        let keys = [
            ("rate_limit", "1"),
            ("rate_burst", "3"),
            ("stranger_rate_limit", "1"),
            ("machine_rate_limit", "1"),
        ];
        let limited = shares(&keys);
        let calls = |who: &Who, is_machine, most: usize| {
            for call in 0..most {
                assert!(limited.call(who, is_machine).is_ok(), "{who:?}: call {call} of {most}");
            }
            assert_eq!(heard(limited.call(who, is_machine)), often, "{who:?}");
        };
        calls(&account(1), false, 3);
        calls(&account(2), false, 3);
        // Ten times as many of a stranger, and customs' own machines have their own.
        calls(&address("10.0.0.1"), false, 10);
        calls(&account(1), true, 3);
        let over = limited.call(&account(1), false).unwrap_err();
        assert_eq!(
            (over.seconds, over.to_string().as_str()),
            (1, "this caller asks too often: try again in 1 s (请求过于频繁，请于1秒后重试)")
        );
        let unlimited = shares(&[("rate_limit", "1"), ("rate_burst", "1")]);
        assert!((0..100).all(|_| unlimited.call(&account(1), true).is_ok()), "unless they are not limited");
        let not_done = NotDone::from(over);
        assert_eq!((not_done.problem(), not_done.retry_after()), (Problem::Rate, 1));
    }

    #[test]
    fn a_caller_has_so_many_calls_under_way() {
        let shares = shares(&[("calls_at_once", "2")]);
        let one = shares.call(&account(1), false).unwrap();
        let _other = shares.call(&account(1), true).unwrap();
        assert_eq!(
            heard(shares.call(&account(1), false)),
            ("this caller has too many calls under way", "同时进行的请求过多")
        );
        assert!(shares.call(&account(2), false).is_ok());
        drop(one);
        assert!(shares.call(&account(1), false).is_ok());
    }

    #[test]
    fn a_caller_tries_two_texts_at_once_and_the_matters_of_five_seconds() {
        let shares = shares(&[("dry_run_rate", "1")]);
        let held = [shares.dry_run(&account(1), 1).unwrap(), shares.dry_run(&account(1), 1).unwrap()];
        let many = ("this caller has too many dry runs under way", "同时进行的试算过多");
        assert_eq!(heard(shares.dry_run(&account(1), 1)), many);
        drop(held);
        drop(shares.dry_run(&account(1), 3).unwrap());
        let over = shares.dry_run(&account(1), 5).unwrap_err();
        assert_eq!((over.what, over.what_zh), ("this caller tries too many matters", "试算的事项过多"));
        assert!((4..=5).contains(&over.seconds), "{over}");
        assert!(shares.dry_run(&account(2), 5).is_ok());
        // Its turn was given back.
        let held = [shares.dry_run(&account(2), 0).unwrap(), shares.dry_run(&account(2), 0).unwrap()];
        assert_eq!(heard(shares.dry_run(&account(2), 0)), many);
        drop(held);
    }

    #[test]
    fn a_caller_tries_one_pack_at_once_and_all_together_four() {
        let shares = shares(&[]);
        let held: Vec<_> = (1..=3).map(|number| shares.pack_run(&account(number)).unwrap()).collect();
        assert_eq!(
            heard(shares.pack_run(&account(1))),
            ("this caller tries a pack already", "您已有规则包正在试算")
        );
        let _fourth = shares.pack_run(&account(4)).unwrap();
        assert_eq!(
            heard(shares.pack_run(&account(5))),
            ("too many packs are being tried", "正在试算的规则包过多")
        );
        assert_eq!(shares.pack_run(&account(5)).unwrap_err().seconds, 5);
        drop(held);
        assert!(shares.pack_run(&account(1)).is_ok());
    }

    #[tokio::test]
    async fn a_pack_is_checked_once_a_turn_comes_and_refused_if_none_does() {
        let shares = shares(&[("pack_checks", "2")]);
        let first = shares.check(&account(1)).await.unwrap();
        let second = shares.check(&account(2)).await.unwrap();
        let (one, three) = (account(1), account(3));
        let (own, all) = tokio::join!(shares.check(&one), shares.check(&three));
        assert_eq!(heard(own), ("this caller has a pack checked already", "您已有规则包正在检查"));
        let all = all.unwrap_err();
        assert_eq!(
            (all.what, all.what_zh, all.seconds),
            ("too many packs are being checked", "正在检查的规则包过多", 2)
        );
        // One that ends while another waits gives its turn on.
        let waits = shares.check(&three);
        let ends = async { drop(first) };
        let (turn, ()) = tokio::join!(waits, ends);
        assert_eq!(turn.unwrap().own(), 1);
        drop(second);
    }

    #[test]
    fn streams_are_limited_for_each_and_never_take_more_than_half_of_the_connections() {
        let own = ("this account reads too many streams of events", "该账户同时打开的事件流过多");
        let all = ("too many streams of events are open", "同时打开的事件流过多");
        for (connections, limit, most) in
            [("12", "256", 6), ("12", "5", 5), ("12", "6", 6), ("12", "7", 6), ("1", "9", 1)]
        {
            let shares = shares(&[
                ("connection_limit", connections),
                ("stream_limit", limit),
                ("streams_each", "100"),
                ("address_connections", "1"),
            ]);
            let held: Vec<_> = (0..most).map(|_| shares.stream(&account(1)).unwrap()).collect();
            assert_eq!(heard(shares.stream(&account(2))), all, "{connections} {limit}");
            drop(held);
        }
        let shares = shares(&[("streams_each", "2")]);
        let _held = [shares.stream(&account(1)).unwrap(), shares.stream(&account(1)).unwrap()];
        assert_eq!(heard(shares.stream(&account(1))), own);
        assert_eq!(shares.stream(&account(1)).unwrap_err().seconds, 10);
        assert!(shares.stream(&account(2)).is_ok());
    }

    #[test]
    fn twenty_messages_are_sent_by_hand_at_once() {
        let shares = shares(&[]);
        assert!((0..20).all(|_| shares.by_hand(&account(1)).is_ok()));
        let over = shares.by_hand(&account(1)).unwrap_err();
        assert_eq!(
            (over.what, over.what_zh),
            ("this account sends too many messages by hand", "手动推送过于频繁")
        );
        assert!((1..=3).contains(&over.seconds), "{over}");
        assert!(shares.by_hand(&account(2)).is_ok());
    }

    #[test]
    fn thirty_sign_ins_of_an_address_may_fail_and_what_succeeds_is_given_back() {
        let shares = shares(&[]);
        let here = address("10.0.0.1");
        for _ in 0..100 {
            shares.sign_in(&here).unwrap();
            shares.signed_in(&here);
        }
        assert!((0..30).all(|_| shares.sign_in(&here).is_ok()));
        let over = shares.sign_in(&here).unwrap_err();
        assert_eq!((over.what, over.what_zh), ("too many sign-ins failed", "登录失败次数过多"));
        assert!((9..=10).contains(&over.seconds), "{over}");
        assert!(shares.sign_in(&address("10.0.0.2")).is_ok());
        shares.signed_in(&here);
        assert!(shares.sign_in(&here).is_ok(), "one was given back");
    }

    #[test]
    fn when_too_many_fail_everywhere_only_those_suffer_where_one_has_failed_lately() {
        let shares = shares(&[]);
        let failing = |at: u32| address(&format!("10.0.{}.{}", at / 20, at % 20));
        // Twenty of each of thirty addresses: none of them has had its own share.
        for at in 0..600 {
            shares.sign_in(&failing(at / 20)).unwrap();
        }
        let over = (0..3).map(|at| shares.sign_in(&failing(at))).find_map(Result::err);
        assert_eq!(over.map(|over| (over.what, over.seconds)), Some(("too many sign-ins failed", 1)));
        assert!(shares.sign_in(&address("192.0.2.1")).is_ok(), "where nothing failed nobody suffers");
    }

    #[tokio::test]
    async fn whoever_has_had_its_share_waits_for_its_refusal_and_longer_the_more_of_its_calls_wait() {
        let shares = shares(&[]);
        let start = std::time::Instant::now();
        let who = account(1);
        let third = async {
            shares.pause(&who).await;
            start.elapsed()
        };
        let (_, _, third) = tokio::join!(shares.pause(&who), shares.pause(&who), third);
        assert!(third >= PAUSE * 3, "{third:?}");
        assert_eq!(shares.refused.take(&who).unwrap().own(), 1, "those that have heard wait no longer");
    }
}
