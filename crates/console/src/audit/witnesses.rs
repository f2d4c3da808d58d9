//! Which witness saw which head of the log, and when; and loudly what one of them knows that the log does not.

use greenlane_configuration::WitnessAddress;
use greenlane_outbound::witnesses::{WitnessSeen, Witnesses};
use greenlane_terms::Language;
use maud::{Markup, html};

use crate::card::card;
use crate::moments::moment;
use crate::table::table;

/// The card, after what is wrong.
pub(super) fn witnesses(language: Language, witnesses: &Witnesses) -> Markup {
    let none = witnesses.list().is_empty();
    let content = html! {
        div."card-body" {
            p."mb-0" {
                (language.say("日志核验公钥（供见证方使用）：", "Verifier key of the log, for witnesses: ")) code { (witnesses.key().to_string()) }
            }
            @if none {
                p."mb-0" { (language.say(
                    "未设见证方：持有数据库者可以回退日志，外人无从发现",
                    "There are no witnesses: whoever holds the database can roll the log back, and nobody outside would notice"
                )) }
            } @else {
                p."mb-0" data-witnessed=[witnesses.witnessed().map(|seen| seen.size)] { (state(language, witnesses)) }
            }
        }
        @if !none {
            (table(
                &html! {
                    th { (language.say("见证方", "Witness")) } th { (language.say("已联署条目数", "Has cosigned entries")) }
                    th { (language.say("时间", "When")) } th { (language.say("现状", "Now")) }
                },
                &html! { @for (address, seen) in witnesses.list().iter().zip(witnesses.seen()) { (row(language, address, &seen)) } },
            ))
        }
    };
    html! {
        (alarms(language, witnesses))
        (card("witnesses", language.say("日志的见证方", "Witnesses of the log"), &content))
    }
}

/// Up to where a quorum has seen the log.
fn state(language: Language, witnesses: &Witnesses) -> Markup {
    let quorum = witnesses.quorum();
    html! {
        @match witnesses.witnessed() {
            Some(seen) => {
                (language.say("法定数量（", "A quorum (")) (quorum) (language.say("）的见证方已见证前 ", ") has seen the first ")) (seen.size)
                (language.say(" 条，时间 ", " entries, at ")) (moment(at_us(seen.at_s)))
            }
            None => { (language.say("尚无法定数量（", "No quorum (")) (quorum) (language.say("）的见证方联署", ") has cosigned yet")) }
        }
    }
}

fn alarms(language: Language, witnesses: &Witnesses) -> Markup {
    let doubts = witnesses.doubts();
    html! {
        @for (doubt, words) in &doubts {
            div.alert."alert-danger" role="alert" data-disagreement=(doubt.size) {
                h2."alert-title" { @match doubt.proof {
                    Some(_) => (language.say("见证方证明：日志曾被回退或者改写", "A witness proves: the log was rolled back or rewritten")),
                    None => (language.say("见证方称：日志曾被回退或者改写", "A witness says: the log was rolled back or rewritten")),
                } }
                p."mb-0" {
                    (language.say("见证方所知的条目数：", "Entries that the witness knows: ")) (doubt.size)
                    (language.say("；本日志的条目数：", "; entries of this log: ")) (doubt.log_size)
                }
                @if language == Language::En { p."mb-0" { (words) } }
            }
        }
        @if doubts.is_empty() && witnesses.is_stale() {
            div.alert."alert-warning" role="alert" data-stale { (language.say(
                "法定数量的见证方已有一段时间没有联署：此后的条目尚无外部见证",
                "No quorum of witnesses has cosigned for some time: later entries have no witness outside yet"
            )) }
        }
    }
}

fn row(language: Language, address: &WitnessAddress, seen: &WitnessSeen) -> Markup {
    html! {
        tr data-witness=(address.key.name()) {
            td { (address.key.name()) }
            @match seen.last() {
                Some(last) => { td { (last.head.size) } td { (moment(at_us(last.at_s))) } }
                None => { td { "–" } td { "–" } }
            }
            td { @match (&seen.doubt, &seen.trouble) {
                (Some(_), _) => (language.say("所知历史与本日志不符", "knows another history")),
                (None, Some(reason)) => { (language.say("未联署：", "does not cosign: ")) (reason) }
                (None, None) if seen.last().is_some() => (language.say("正常联署", "cosigns")),
                (None, None) => (language.say("尚未联署", "has not cosigned yet")),
            } }
        }
    }
}

fn at_us(at_s: u64) -> i64 {
    i64::try_from(at_s).unwrap_or(i64::MAX).saturating_mul(1_000_000)
}
