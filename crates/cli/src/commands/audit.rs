//! `greenlane audit receipt|log`: checks that need no trust in the server.

use std::io::Read;
use std::path::Path;

use anyhow::Context;
use greenlane_server::{AuditedDraws, audit_draws};
use greenlane_store::{LogKey, Receipt, Store};
use serde_json::json;

use super::Common;
use crate::arguments::{Audit, AuditCommand};
use crate::exit::{Exit, Usage};
use crate::print::{count, entries_bar};

pub fn run(common: &Common, arguments: &Audit) -> anyhow::Result<Exit> {
    match &arguments.command {
        AuditCommand::Receipt { file, log_key } => receipt(common, file, &key(log_key)?),
        AuditCommand::Log { settings, log_key } => {
            let database = settings.database(common)?;
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(log(common, database.as_str(), &key(log_key)?))
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
                let words = language.pick("核验通过：记录", "verified: entry");
                let of = language.pick("，日志共", "of a log of");
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

async fn log(common: &Common, database: &str, key: &LogKey) -> anyhow::Result<Exit> {
    let store = Store::open(database, 2).await?;
    let size = store.frontier().await?.size();
    let bar = entries_bar(2 * size);
    let entries = store.verify(key, |read| bar.set_position(read)).await?;
    let draws = audit_draws(&store, |read| bar.set_position(size + read)).await?;
    bar.finish_and_clear();
    store.close().await;
    let mut faults: Vec<String> = entries.iter().map(ToString::to_string).collect();
    faults.extend(draws.faults.iter().map(ToString::to_string));
    print_log(common, size, &draws, &faults)?;
    Ok(if faults.is_empty() { Exit::Done } else { Exit::No })
}

fn print_log(common: &Common, size: u64, draws: &AuditedDraws, faults: &[String]) -> anyhow::Result<()> {
    let AuditedDraws { checked, sealed, uncommitted, .. } = *draws;
    if common.json {
        let draws = json!({ "checked": checked, "sealed": sealed, "uncommitted": uncommitted });
        return common.print_json(&json!({ "entries": size, "draws": draws, "faults": faults }));
    }
    faults.iter().for_each(|fault| println!("✘ {fault}"));
    let language = common.language;
    let parts = [
        (language.pick("抽取：已重算", "draws made again"), checked),
        (language.pick("密钥尚未公布", "key not revealed yet"), sealed),
        (language.pick("抽取前未承诺密钥", "no key committed before"), uncommitted),
    ];
    let parts = parts.map(|(words, number)| format!("{words} {}", count(number)));
    println!("{}", parts.join("   "));
    println!("{} {} {}", count(size), language.pick("条记录；问题", "entries; faults"), faults.len());
    Ok(())
}
