//! `greenlane clock`.

use greenlane_desk::clock::confirm_clock;
use greenlane_store::{LogTime, Store};
use serde_json::json;

use super::now_us;
use crate::arguments::{Clock, ClockCommand};
use crate::common::Common;
use crate::exit::Exit;

pub fn run(common: &Common, arguments: &Clock) -> anyhow::Result<Exit> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let store = Store::open(arguments.settings.database(common)?.as_str(), 2).await?;
        if let ClockCommand::Confirm { person } = &arguments.command {
            confirm_clock(&store, person, now_us()).await?;
        }
        let time = store.log_time().await?;
        store.close().await;
        say(common, &time)
    })
}

/// Shows clock and log; exit code 1 if nothing can be added.
fn say(common: &Common, time: &LogTime) -> anyhow::Result<Exit> {
    let (now_us, language) = (now_us(), common.language);
    let refused = time.stamp(now_us).err().map(|error| error.to_string());
    let (clock, last) = (instant(now_us), time.last_us.map(instant));
    let hours = time.ahead_us / 3_600_000_000;
    if common.json {
        let stands_still = time.held_from_us.is_some();
        common.print_json(&json!({
            "clock": clock, "last_entry": last, "clock_ahead_hours": hours, "stands_still": stands_still, "refused": refused,
        }))?;
    } else {
        println!("{} {clock}", language.say("时钟", "clock"));
        println!(
            "{} {}",
            language.say("最后一条日志", "last entry"),
            last.as_deref().unwrap_or(language.say("（无）", "(none)"))
        );
        println!("{} {hours}", language.say("时钟最多领先（小时）", "hours that the clock may be ahead"));
        if time.held_from_us.is_some() {
            println!(
                "{}",
                language.say(
                    "日志时间停住，直到时钟赶上",
                    "the time of the log stands still until the clock has caught up"
                )
            );
        }
        if let Some(refused) = &refused {
            println!("✘ {refused}");
        }
    }
    Ok(if refused.is_none() { Exit::Done } else { Exit::No })
}

fn instant(at_us: i64) -> String {
    jiff::Timestamp::from_microsecond(at_us).map_or_else(|_| at_us.to_string(), |at| at.to_string())
}
