//! What others know of a log, for `greenlane audit log`: what is demanded, and what it came to.

use std::path::Path;

use anyhow::Context;
use greenlane_audit::{WitnessDemand, WitnessReport};
use greenlane_configuration::Configuration;
use greenlane_outbound::witnesses::default_origin;
use greenlane_store::LogKey;
use greenlane_terms::Language;
use greenlane_witness::{KeyKind, VerifierKey};
use serde_json::{Value, json};

use super::witness::verifier_key;
use crate::arguments::KnownOutside;
use crate::exit::Usage;
use crate::print::count;

/// What the command line demands.
pub fn demand(
    arguments: &KnownOutside,
    configuration: &Configuration,
    key: &LogKey,
) -> anyhow::Result<WitnessDemand> {
    let witnesses = arguments.witnesses.iter().map(|key| verifier_key(key, KeyKind::Witness, "--witness"));
    let witnesses: Vec<VerifierKey> = witnesses.collect::<anyhow::Result<_>>()?;
    let is_twice = |(at, key): (usize, &VerifierKey)| {
        witnesses[..at].iter().any(|other| other.key() == key.key() || other.name() == key.name())
    };
    if witnesses.iter().enumerate().any(is_twice) {
        return Err(Usage("--witness: each name and each key counts once".to_owned()).into());
    }
    let quorum = arguments.quorum.unwrap_or(witnesses.len());
    if quorum > witnesses.len() {
        let there = witnesses.len();
        return Err(Usage(format!("--quorum {quorum}: there are {there} witnesses")).into());
    }
    let text = |file: &std::path::PathBuf| -> anyhow::Result<(String, String)> {
        Ok((file.display().to_string(), read(file)?))
    };
    let configured = || configuration.log_origin.as_ref().map(ToString::to_string);
    let origin = arguments.log_origin.clone().or_else(configured).unwrap_or_else(|| default_origin(key));
    let within_s = arguments.witnessed_within.map(|hours| 3_600 * u64::from(hours));
    let heads = arguments.heads.iter().map(text).collect::<anyhow::Result<_>>()?;
    Ok(WitnessDemand { heads, ask: arguments.ask.clone(), origin, witnesses, quorum, within_s })
}

fn read(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("{}: cannot be read", file.display()))
}

/// For machines.
pub fn json(report: &WitnessReport) -> Value {
    let one =
        |(name, (size, at_s)): (&String, &(u64, u64))| json!({ "name": name, "size": size, "at_s": at_s });
    let cosigned: Vec<Value> = report.cosigned.iter().map(one).collect();
    json!({ "compared": report.compared, "witnessed": report.witnessed, "cosigned": cosigned })
}

/// For people; nothing where no head from outside was there.
pub fn print(language: Language, size: u64, report: &WitnessReport) {
    if report.compared == 0 {
        return;
    }
    println!("{} {}", language.say("已比对的外部树头", "heads from outside compared"), report.compared);
    for (name, (size, _)) in &report.cosigned {
        println!(
            "{} {name} {} {}",
            language.say("见证方", "witness"),
            language.say("已联署至条目数", "has cosigned up to entries"),
            count(*size)
        );
    }
    if let Some(witnessed) = report.witnessed {
        let after = size.saturating_sub(witnessed);
        println!(
            "{} {}",
            language.say("法定数量见证方尚未见证的条目", "entries that the quorum has not seen yet"),
            count(after)
        );
    }
}
