//! `greenlane replay`.

use std::time::Instant;

use greenlane_audit::replay;
use greenlane_desk::keys::{Keys, key_file};
use greenlane_evaluate::batch::Draws;
use greenlane_store::Store;
use serde_json::json;

use crate::arguments::Replay;
use crate::common::Common;
use crate::exit::Exit;
use crate::print::{count, entries_bar};

/// Differences that are listed for people.
const MOST_LISTED: usize = 20;

pub fn run(common: &Common, arguments: &Replay) -> anyhow::Result<Exit> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(run_again(common, arguments))
}

async fn run_again(common: &Common, arguments: &Replay) -> anyhow::Result<Exit> {
    let configuration = arguments.settings.configuration(common)?;
    let file = &configuration.key_file;
    // A missing key file would be made, and a fresh key opens nothing.
    std::fs::metadata(file).map_err(|error| anyhow::Error::new(error).context(file.display().to_string()))?;
    let store = Store::open(configuration.database.as_str(), 2).await?;
    let keys = Keys::open(&store, &key_file(file)?).await?;
    let bar = entries_bar(store.frontier().await?.size());
    let started = Instant::now();
    let replayed = replay(&store, &Draws::new(keys.draws), |read| bar.set_position(read)).await?;
    bar.finish_and_clear();
    store.close().await;
    let (elapsed, found) = (started.elapsed(), replayed.differences.len() as u64);
    if common.json {
        let differences: Vec<_> = replayed
            .differences
            .iter()
            .map(|(entry, matter)| json!({ "entry": entry, "matter": matter }))
            .collect();
        common.print_json(&json!({
            "decisions": replayed.decisions, "differences": differences, "milliseconds": elapsed.as_millis() as u64
        }))?;
    } else {
        let language = common.language;
        for (entry, matter) in replayed.differences.iter().take(MOST_LISTED) {
            println!("✘ {} {entry}  {matter}", language.say("记录", "entry"));
        }
        let rate = u128::from(replayed.decisions) * 1_000 / elapsed.as_millis().max(1);
        let rate = u64::try_from(rate).unwrap_or(u64::MAX);
        println!(
            "{} {}   {} {}   {} {}",
            language.say("重算决定", "decisions made again"),
            count(replayed.decisions),
            language.say("不同", "differences"),
            count(found),
            language.say("每秒", "a second"),
            count(rate),
        );
    }
    Ok(if found == 0 { Exit::Done } else { Exit::No })
}
