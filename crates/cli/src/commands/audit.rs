//! `greenlane audit receipt|log`: checks that need no trust in the server.

use std::io::Read;
use std::path::Path;

use anyhow::Context;
use greenlane_audit::{AuditedDraws, WitnessDemand, WitnessReport, audit_draws, audit_rates, known_heads};
use greenlane_store::{AuditedState, LogKey, Receipt, Store};
use greenlane_terms::time::seconds;
use serde_json::json;

use super::faults::Faults;
use super::{now_us, witnessed};
use crate::arguments::{Audit, AuditCommand};
use crate::common::Common;
use crate::exit::{Exit, Usage};
use crate::print::{count, entries_bar};

pub fn run(common: &Common, arguments: &Audit) -> anyhow::Result<Exit> {
    match &arguments.command {
        AuditCommand::Receipt { file, log_key } => receipt(common, file, &key(log_key)?),
        AuditCommand::Log { settings, log_key, known } => {
            let (configuration, key) = (settings.configuration(common)?, key(log_key)?);
            let demand = witnessed::demand(known, &configuration, &key)?;
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(log(common, configuration.database.as_str(), &key, &demand))
        }
    }
}

pub fn key(digits: &str) -> anyhow::Result<LogKey> {
    let wrong =
        || Usage(format!("--log-key `{digits}`: expected the 64 hex digits of an Ed25519 public key"));
    LogKey::from_hex(digits).ok_or_else(|| wrong().into())
}

fn receipt(common: &Common, file: &Path, key: &LogKey) -> anyhow::Result<Exit> {
    let mut text = String::new();
    let read = match file.to_str() {
        Some("-") => std::io::stdin().read_to_string(&mut text).map(|_| ()),
        _ => std::fs::read_to_string(file).map(|read| text = read),
    };
    read.with_context(|| format!("{}: cannot be read", file.display()))?;
    let receipt: Receipt =
        serde_json::from_str(&text).with_context(|| format!("{}: no receipt", file.display()))?;
    let language = common.language;
    match receipt.verify(key) {
        Ok(entry) => {
            let (size, kind, subject) = (receipt.head.size, entry.kind.name(), entry.subject);
            if common.json {
                common.print_json(&json!({
                    "verified": true, "entry": receipt.entry, "kind": kind, "subject": subject, "size": size
                }))?;
            } else {
                let words = language.say("核验通过：记录", "verified: entry");
                let of = language.say("，日志共", "of a log of");
                println!("✔ {words} {} ({kind} {subject}) {of} {size}", receipt.entry);
            }
            Ok(Exit::Done)
        }
        Err(fault) => {
            if common.json {
                common.print_json(&json!({ "verified": false, "reason": fault.to_string() }))?;
            } else {
                println!("✘ {fault}");
            }
            Ok(Exit::No)
        }
    }
}

async fn log(common: &Common, database: &str, key: &LogKey, demand: &WitnessDemand) -> anyhow::Result<Exit> {
    let store = Store::open(database, 2).await?;
    let known = known_heads(&store, key, demand).await?;
    let size = store.frontier().await?.size();
    let (language, mut faults) = (common.language, Faults::default());
    let bar = entries_bar(3 * size);
    let entries = store.verify_with_roots(key, &known.sizes(), |read| bar.set_position(read)).await?;
    let now_s = seconds(now_us());
    let witnessed = known.judge(demand, size, &entries.roots, now_s);
    faults.take(&entries.faults, language);
    faults.take(&witnessed.faults, language);
    let draws = audit_draws(&store, |read| bar.set_position(size + read)).await?;
    faults.take(&draws.faults, language);
    faults.take(&audit_rates(&store, |read| bar.set_position(2 * size + read)).await?, language);
    let state = store.audit_state(|read| bar.set_position(3 * size + read)).await?;
    faults.take(&state.faults, language);
    faults.beyond(state.more, language);
    bar.finish_and_clear();
    store.close().await;
    print_log(common, size, &draws, &state, &witnessed, &faults)?;
    Ok(if faults.count == 0 { Exit::Done } else { Exit::No })
}

fn print_log(
    common: &Common,
    size: u64,
    draws: &AuditedDraws,
    state: &AuditedState,
    witnessed: &WitnessReport,
    faults: &Faults,
) -> anyhow::Result<()> {
    let AuditedDraws { checked, sealed, uncommitted, .. } = *draws;
    let AuditedState { rows, uncovered, .. } = *state;
    let Faults { lines, count: found } = faults;
    if common.json {
        let draws = json!({ "checked": checked, "sealed": sealed, "uncommitted": uncommitted });
        let state = json!({ "rows": rows, "uncovered": uncovered });
        return common.print_json(&json!({
            "entries": size, "draws": draws, "state": state, "witnesses": witnessed::json(witnessed), "faults": lines, "faults_found": found,
        }));
    }
    lines.iter().for_each(|fault| println!("✘ {fault}"));
    let language = common.language;
    let parts = [
        (language.say("抽取：已重算", "draws made again"), checked),
        (language.say("密钥尚未公布", "key not revealed yet"), sealed),
        (language.say("抽取前未承诺密钥", "no key committed before"), uncommitted),
    ];
    let parts = parts.map(|(words, number)| format!("{words} {}", count(number)));
    println!("{}", parts.join("   "));
    let parts = [
        (language.say("数据行：已与日志核对", "rows of state compared"), rows),
        (language.say("日志尚无记载", "older than any image in the log"), uncovered),
    ];
    let parts = parts.map(|(words, number)| format!("{words} {}", count(number)));
    println!("{}", parts.join("   "));
    witnessed::print(language, size, witnessed);
    println!("{} {} {found}", count(size), language.say("条记录；问题", "entries; faults"));
    Ok(())
}
