//! `greenlane backup`, `backup verify`, `restore`.

use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter, Write};
use std::path::Path;

use anyhow::Context;
use greenlane_configuration::Configuration;
use greenlane_desk::keys::{Keys, key_file};
use greenlane_store::archive::{self, Contents};
use greenlane_store::{LogKey, Store};
use serde_json::json;

use super::{audit, now_us};
use crate::arguments::{Backup, BackupCommand, Restore};
use crate::common::Common;
use crate::exit::Exit;
use crate::print::{bytes_bar, count, entries_bar};

/// Bytes of a backup that are read at a time.
const BUFFER: usize = 1 << 20;

pub fn run(common: &Common, arguments: &Backup) -> anyhow::Result<Exit> {
    match (&arguments.command, &arguments.file) {
        (Some(BackupCommand::Verify { file, log_key }), _) => verify(common, file, log_key.as_deref()),
        (None, Some(file)) => {
            let configuration = arguments.settings.configuration(common)?;
            runtime()?.block_on(save(common, file, &configuration))
        }
        // The command line asks for one of them.
        (None, None) => Ok(Exit::No),
    }
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

async fn save(common: &Common, file: &Path, configuration: &Configuration) -> anyhow::Result<Exit> {
    // A missing key file would be made, and a fresh key opens nothing.
    let key = &configuration.key_file;
    std::fs::metadata(key).with_context(|| key.display().to_string())?;
    let store = Store::open(configuration.database.as_str(), 2).await?;
    let keys = Keys::open(&store, &key_file(key)?).await?;
    let out = private(file).with_context(|| file.display().to_string())?;
    let saved = written(&store, &keys, out).await;
    store.close().await;
    if saved.is_err() {
        // Half a backup must not be taken for one.
        drop(std::fs::remove_file(file));
    }
    let contents = saved.with_context(|| file.display().to_string())?;
    shown(common, &contents, common.language.say("已备份", "saved"), file)?;
    if !common.json {
        let words = common.language.say(
            "密钥文件不在备份中，请另行妥善保存：没有它，备份中的机密无法打开",
            "the key file is not in the backup: keep it elsewhere; without it the secrets in the backup do not open",
        );
        println!("  {words}: {}", key.display());
    }
    Ok(Exit::Done)
}

async fn written(store: &Store, keys: &Keys, out: File) -> anyhow::Result<Contents> {
    let bar = entries_bar(store.frontier().await?.size());
    let heard = |rows: u64, entries: u64| {
        bar.set_length(entries.max(rows));
        bar.set_position(rows);
    };
    let (contents, out) = store.save(&keys.log, now_us(), BufWriter::new(out), heard).await?;
    let mut out = out;
    out.flush()?;
    out.get_ref().sync_all()?;
    bar.finish_and_clear();
    Ok(contents)
}

/// A new file, for its owner only.
fn private(file: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)
}

fn verify(common: &Common, file: &Path, key: Option<&str>) -> anyhow::Result<Exit> {
    let key = key.map(audit::key).transpose()?;
    let (input, bar) = opened(file)?;
    let contents = archive::check(input, key.as_ref(), |_| ()).with_context(|| file.display().to_string())?;
    bar.finish_and_clear();
    shown(common, &contents, common.language.say("备份完好", "the backup is sound"), file)?;
    Ok(Exit::Done)
}

/// The backup, with a bar over its bytes.
fn opened(file: &Path) -> anyhow::Result<(BufReader<impl std::io::Read>, indicatif::ProgressBar)> {
    let open = || -> std::io::Result<(File, u64)> {
        let open = File::open(file)?;
        let length = open.metadata()?.len();
        Ok((open, length))
    };
    let (open, length) = open().with_context(|| file.display().to_string())?;
    let bar = bytes_bar(length);
    Ok((BufReader::with_capacity(BUFFER, bar.wrap_read(open)), bar))
}

pub fn restore(common: &Common, arguments: &Restore) -> anyhow::Result<Exit> {
    let configuration = arguments.settings.configuration(common)?;
    let key = arguments.log_key.as_deref().map(audit::key).transpose()?;
    runtime()?.block_on(restored(common, arguments, &configuration, key.as_ref()))
}

async fn restored(
    common: &Common,
    arguments: &Restore,
    configuration: &Configuration,
    key: Option<&LogKey>,
) -> anyhow::Result<Exit> {
    let file = &arguments.file;
    let (input, bar) = opened(file)?;
    let contents = archive::restore(configuration.database.as_str(), input, key, |_| ()).await;
    let contents = contents.with_context(|| file.display().to_string())?;
    bar.finish_and_clear();
    let faults = audited(configuration, &contents).await?;
    if !common.json {
        faults.iter().for_each(|fault| println!("✘ {fault}"));
    }
    let words = common.language.say("已恢复到", "restored into");
    shown(common, &contents, words, Path::new(&configuration.database.to_string()))?;
    Ok(if faults.is_empty() { Exit::Done } else { Exit::No })
}

/// Reads the restored log as `greenlane audit log` does.
async fn audited(configuration: &Configuration, contents: &Contents) -> anyhow::Result<Vec<String>> {
    let key = audit::key(&contents.manifest.log_key)?;
    let store = Store::open(configuration.database.as_str(), 2).await?;
    let bar = entries_bar(contents.manifest.head.size);
    let faults = store.verify(&key, |read| bar.set_position(read)).await?;
    bar.finish_and_clear();
    store.close().await;
    Ok(faults.iter().map(ToString::to_string).collect())
}

fn shown(common: &Common, contents: &Contents, words: &str, place: &Path) -> anyhow::Result<()> {
    if common.json {
        return common.print_json(&json!(contents));
    }
    let (language, manifest) = (common.language, &contents.manifest);
    println!("✔ {words} {}", place.display());
    println!(
        "  {} {}   {} {}   {} {}",
        language.say("日志记录", "log entries"),
        count(manifest.head.size),
        language.say("根", "root"),
        hex(&manifest.head.root),
        language.say("日志公钥", "log key"),
        manifest.log_key,
    );
    let rows = contents.tables.iter().map(|table| format!("{} {}", table.table, count(table.rows)));
    println!(
        "  {} {}: {}",
        language.say("结构版本", "schema version"),
        manifest.schema,
        rows.collect::<Vec<_>>().join(", ")
    );
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
