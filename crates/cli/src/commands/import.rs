//! `greenlane import enterprises|events`: files into the registry of a database.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

use greenlane_intake::identifiers::EnterpriseId;
use greenlane_intake::{EnterpriseRow, EnterpriseRows, EventRow, EventRows, RejectsFile};
use greenlane_store::Store;
use greenlane_store::registry::{
    Author, Identifier, IdentifierKind, NewEvent, NewRecord, RecordKind, Registration,
};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::now_us;
use crate::arguments::{Import, ImportCommand, ImportFile};
use crate::common::Common;
use crate::exit::Exit;
use crate::print::count;

/// Rows of one transaction: few enough that decisions need not wait long for their turn.
const ROWS: usize = 4_096;

/// What came of a file.
#[derive(Default)]
struct Tally {
    rows: u64,
    enterprises: u64,
    written: u64,
    unchanged: u64,
}

pub fn run(common: &Common, arguments: &Import) -> anyhow::Result<Exit> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match &arguments.command {
        ImportCommand::Enterprises(file) => runtime.block_on(enterprises(common, file)),
        ImportCommand::Events(file) => runtime.block_on(events(common, file)),
    }
}

async fn enterprises(common: &Common, arguments: &ImportFile) -> anyhow::Result<Exit> {
    let law = common.law(None)?;
    let mut rows = EnterpriseRows::open(&arguments.file, &law)?;
    let mut job = Job::begin(common, arguments).await?;
    let (mut seen, mut tally) = (HashSet::new(), Tally::default());
    loop {
        let mut batch = Vec::with_capacity(ROWS);
        while batch.len() < ROWS
            && let Some(row) = rows.next_row()?
        {
            batch.push(row);
        }
        let lines: Vec<u64> = batch.iter().map(|row| row.line).collect();
        let batch: Vec<Registration> = batch.into_iter().map(registration).collect();
        let imported = job.store.import_enterprises(&batch, &mut seen, &job.author, now_us()).await?;
        for (at, fault) in &imported.faults {
            rows.set_aside(lines.get(*at).copied().unwrap_or(0), fault.to_string());
        }
        tally.rows += lines.len() as u64;
        tally.enterprises += imported.enterprises;
        tally.written += imported.records;
        tally.unchanged += imported.unchanged;
        let rejects = rows.take_rejects();
        job.step(rows.bytes_read(), &rejects)?;
        if lines.len() < ROWS {
            break;
        }
    }
    job.end(common, &tally, ("records", "条登记记录", "records written")).await
}

async fn events(common: &Common, arguments: &ImportFile) -> anyhow::Result<Exit> {
    let law = common.law(None)?;
    let mut rows = EventRows::open(&arguments.file, &law)?;
    let mut job = Job::begin(common, arguments).await?;
    let (mut seen, mut tally) = (HashMap::new(), Tally::default());
    loop {
        let mut batch = Vec::with_capacity(ROWS);
        while batch.len() < ROWS
            && let Some(row) = rows.next_row()?
        {
            batch.push(event(row));
        }
        let imported = job.store.import_events(&batch, &mut seen, &job.author, now_us()).await?;
        tally.rows += batch.len() as u64;
        tally.enterprises += imported.enterprises;
        tally.written += imported.events;
        tally.unchanged += imported.unchanged;
        let rejects = rows.take_rejects();
        job.step(rows.bytes_read(), &rejects)?;
        if batch.len() < ROWS {
            break;
        }
    }
    job.end(common, &tally, ("events", "条事件", "events written")).await
}

fn registration(row: EnterpriseRow) -> Registration {
    let record = NewRecord {
        kind: RecordKind::Statement,
        valid_from: row.valid_from,
        valid_to: None,
        facts: row.facts,
        related: None,
    };
    Registration { identifiers: row.identifiers.iter().map(identifier).collect(), name: row.name, record }
}

fn event(row: EventRow) -> NewEvent {
    let EventRow { enterprise, kind, on, amount_fen, reference } = row;
    NewEvent { enterprise: identifier(&enterprise), kind, on, amount_fen, ground: reference, office: None }
}

fn identifier(id: &EnterpriseId) -> Identifier {
    let kind = match id {
        EnterpriseId::CustomsCode(_) => IdentifierKind::CustomsCode,
        EnterpriseId::Uscc(_) => IdentifierKind::Uscc,
        EnterpriseId::AeoCode(_) => IdentifierKind::AeoCode,
        EnterpriseId::Other(_) => IdentifierKind::Other,
    };
    Identifier { kind, id: id.text().to_owned() }
}

/// One file on its way into a database.
struct Job {
    store: Store,
    author: Author,
    bar: ProgressBar,
    rejects: RejectsFile,
    rejects_path: PathBuf,
    started: Instant,
}

impl Job {
    async fn begin(common: &Common, arguments: &ImportFile) -> anyhow::Result<Job> {
        let store = Store::open(arguments.settings.database(common)?.as_str(), 2).await?;
        let bytes = std::fs::metadata(&arguments.file).map_or(0, |file| file.len());
        let style = ProgressStyle::with_template("{bar:30} {bytes}/{total_bytes}  {bytes_per_sec}  {eta}");
        let bar = ProgressBar::new(bytes);
        let bar = if let Ok(style) = style { bar.with_style(style) } else { bar };
        let rejects_path = match &arguments.rejects {
            Some(path) => path.clone(),
            None => arguments.file.with_extension("rejects.ndjson"),
        };
        let ground = match &arguments.ground {
            Some(ground) => ground.clone(),
            None => name_of(&arguments.file),
        };
        let author = Author { person: arguments.person.clone(), ground };
        let rejects = RejectsFile::new(&rejects_path);
        Ok(Job { store, author, bar, rejects, rejects_path, started: Instant::now() })
    }

    fn step(&mut self, bytes: u64, rejects: &[greenlane_intake::Reject]) -> anyhow::Result<()> {
        self.bar.set_position(bytes);
        Ok(self.rejects.write(rejects)?)
    }

    async fn end(
        self,
        common: &Common,
        tally: &Tally,
        (field, zh, en): (&str, &'static str, &'static str),
    ) -> anyhow::Result<Exit> {
        self.bar.finish_and_clear();
        self.store.close().await;
        let rejected = self.rejects.finish()?;
        let elapsed = self.started.elapsed().as_millis();
        let milliseconds = u64::try_from(elapsed).unwrap_or(u64::MAX);
        if common.json {
            common.print_json(&json!({
                "rows": tally.rows + rejected, "enterprises": tally.enterprises, field: tally.written,
                "unchanged": tally.unchanged, "rejected": rejected, "milliseconds": milliseconds,
            }))?;
        } else {
            let language = common.language;
            let line = |number: u64, zh, en| println!("{:>12}  {}", count(number), language.say(zh, en));
            line(tally.enterprises, "家新企业", "new enterprises");
            line(tally.written, zh, en);
            line(tally.unchanged, "行内容已在库中", "rows that the database has already");
            line(rejected, "行被搁置", "rows set aside");
            if rejected > 0 {
                println!("{:>12}  {}", "", self.rejects_path.display());
            }
        }
        Ok(if rejected > 0 { Exit::Rejected } else { Exit::Done })
    }
}

/// The name of the file, as the ground of what it states.
fn name_of(file: &Path) -> String {
    file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}
