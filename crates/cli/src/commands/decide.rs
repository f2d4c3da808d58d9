//! `greenlane decide`: files in, decisions out, a summary for people.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use greenlane_engine::Engine;
use greenlane_evaluate::batch::{
    BatchError, BatchOptions, Discard, Draws, Ndjson, ParquetSink, Progress, Sink, Summary, Watch, decide,
};
use greenlane_intake::{IntakeError, Reader, Reject, RejectsFile};
use indicatif::{ProgressBar, ProgressStyle};

use super::draw::{algorithm, master_key};
use crate::arguments::Decide;
use crate::common::Common;
use crate::exit::Exit;
use crate::inputs;
use crate::print::{count, table};

pub fn run(common: &Common, arguments: &Decide) -> anyhow::Result<Exit> {
    let engine = common.engine()?;
    let options = options(arguments)?;
    let (intake, set_aside) = inputs::open(&arguments.inputs, &engine.pack)?;
    let reader = intake.read(&arguments.inputs.files)?;
    let mut watcher = Watcher::new(arguments, &reader);
    watcher.rejected(&set_aside)?;
    let result = match &arguments.out {
        Some(path) if path.as_os_str() == "-" => {
            let sink = Ndjson::new(BufWriter::with_capacity(1 << 20, std::io::stdout()), &engine)?;
            decide_into(&engine, reader, sink, &options, &mut watcher)
        }
        Some(path) => to_file(&engine, reader, path, &options, &mut watcher),
        None => decide_into(&engine, reader, Discard, &options, &mut watcher),
    };
    let (summary, errors) = match result {
        Ok(summary) => (summary, Vec::new()),
        Err(error) => match error.downcast::<BatchError>()? {
            BatchError::Source { errors, summary } => (*summary, errors),
            other => return Err(other.into()),
        },
    };
    let rejects_path = watcher.path.clone();
    let rejected = watcher.finish()?;
    report(common, arguments, &summary, rejected, &rejects_path)?;
    for error in &errors {
        eprintln!("greenlane: {error}");
    }
    Ok(match (errors.is_empty(), rejected) {
        (false, _) => Exit::File,
        (true, 0) => Exit::Done,
        (true, _) => Exit::Rejected,
    })
}

fn options(arguments: &Decide) -> anyhow::Result<BatchOptions> {
    let mut options = BatchOptions { block_size: usize::from(arguments.block), ..BatchOptions::default() };
    if let Some(threads) = arguments.threads {
        options.threads = threads.max(1);
    }
    if let Some(path) = &arguments.draw_key {
        options.draws = Some(Draws { algorithm: algorithm(arguments.sm3), ..Draws::new(master_key(path)?) });
    }
    Ok(options)
}

fn to_file(
    engine: &Engine,
    reader: Reader<'_>,
    path: &Path,
    options: &BatchOptions,
    watcher: &mut Watcher,
) -> anyhow::Result<Summary> {
    let create = || File::create(path).with_context(|| format!("{}: cannot be created", path.display()));
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("parquet") => {
            decide_into(engine, reader, ParquetSink::new(create()?, engine)?, options, watcher)
        }
        Some("ndjson" | "jsonl" | "json") => {
            let out = BufWriter::with_capacity(1 << 20, create()?);
            decide_into(engine, reader, Ndjson::new(out, engine)?, options, watcher)
        }
        _ => bail!("--out {}: expected a name that ends in .parquet or .ndjson, or -", path.display()),
    }
}

fn decide_into(
    engine: &Engine,
    reader: Reader<'_>,
    sink: impl Sink,
    options: &BatchOptions,
    watcher: &mut Watcher,
) -> anyhow::Result<Summary> {
    Ok(decide(engine, reader, sink, options, watcher)?)
}

/// Shows progress and keeps rejected rows.
struct Watcher {
    bar: ProgressBar,
    rejects: RejectsFile,
    path: PathBuf,
}

impl Watcher {
    fn new(arguments: &Decide, reader: &Reader<'_>) -> Watcher {
        let path = arguments.rejects.clone().unwrap_or_else(|| match &arguments.out {
            Some(out) if out.as_os_str() != "-" => out.with_extension("rejects.ndjson"),
            _ => PathBuf::from("rejects.ndjson"),
        });
        let bar = match reader.total_bytes() {
            0 => ProgressBar::new_spinner().with_style(style("{spinner} {msg}  {elapsed}")),
            bytes => {
                ProgressBar::new(bytes).with_style(style("{wide_bar} {percent:>3} %  {msg}  {eta} left"))
            }
        };
        Watcher { bar, rejects: RejectsFile::new(&path), path }
    }

    fn finish(self) -> anyhow::Result<u64> {
        self.bar.finish_and_clear();
        Ok(self.rejects.finish()?)
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

impl Watch for Watcher {
    fn progress(&mut self, progress: Progress) {
        self.bar.set_position(progress.bytes);
        let seconds = self.bar.elapsed().as_millis().max(1);
        let rate = u128::from(progress.rows) * 1000 / seconds;
        let rate = count(u64::try_from(rate).unwrap_or(u64::MAX));
        self.bar.set_message(format!(
            "{} rows  {rate} rows/s  {} rejected",
            count(progress.rows),
            count(progress.rejected)
        ));
    }

    fn rejected(&mut self, rejects: &[Reject]) -> Result<(), IntakeError> {
        self.rejects.write(rejects)
    }
}

fn report(
    common: &Common,
    arguments: &Decide,
    summary: &Summary,
    rejected: u64,
    rejects: &Path,
) -> anyhow::Result<()> {
    let to_stdout = arguments.out.as_ref().is_some_and(|out| out.as_os_str() == "-");
    let text = if common.json {
        serde_json::to_string(summary)?
    } else {
        summary_text(common, summary, rejected, rejects)
    };
    // The decisions own standard output when they go there.
    if to_stdout {
        eprintln!("{text}");
    } else {
        println!("{text}");
    }
    std::io::stdout().flush()?;
    Ok(())
}

fn summary_text(common: &Common, summary: &Summary, rejected: u64, rejects: &Path) -> String {
    let language = common.language;
    let mut table = table(&[
        language.say("措施", "measure"),
        language.say("适用", "granted"),
        language.say("不适用", "refused"),
        language.say("待定", "undetermined"),
        language.say("不涉及", "out of scope"),
        language.say("最常见的不适用原因", "refused most often by"),
    ]);
    for measure in &summary.measures {
        if measure.granted + measure.refused + measure.undetermined == 0 {
            continue;
        }
        let most = measure.most_refusing.as_ref();
        let most = most.map_or_else(String::new, |most| format!("{} ({})", most.name, count(most.rows)));
        table.add_row([
            measure.id.clone(),
            count(measure.granted),
            count(measure.refused),
            count(measure.undetermined),
            count(measure.out_of_scope),
            most,
        ]);
    }
    let mut lines = vec![table.to_string()];
    let number = |zh: &str, en: &str, value: u64| format!("{} {}", language.say(zh, en), count(value));
    let mut parts = vec![
        number("读入", "read", summary.rows_read),
        number("决定", "decided", summary.rows_decided),
        number("剔除", "rejected", rejected),
    ];
    if summary.rows_added > 0 {
        parts.push(number("由货物项补出的报关单", "declarations made of their items", summary.rows_added));
    }
    if summary.not_in_registry > 0 {
        parts.push(number("名录中没有的企业", "party ids not in the registry", summary.not_in_registry));
    }
    lines.push(parts.join("   "));
    lines.push(format!(
        "{}   {}   {}   {}",
        number("有查验率", "with an inspection rate", summary.with_inspection_rate),
        number("抽中查验", "selected for inspection", summary.selected_for_inspection),
        number("有抽批比例", "with a sampling rate", summary.with_sampling_rate),
        number("抽中抽样检验", "selected for sampling", summary.selected_for_sampling),
    ));
    if rejected > 0 {
        lines.push(format!(
            "{} {}",
            language.say("剔除的行及原因：", "rejected rows with their reasons:"),
            rejects.display()
        ));
    }
    let millis = summary.elapsed.as_millis().max(1);
    let rate = u64::try_from(u128::from(summary.rows_decided) * 1000 / millis).unwrap_or(u64::MAX);
    let unit = language.say("行/秒", "rows/s");
    lines.push(format!(
        "{}.{:03} s   {} {unit}   {} {}",
        millis / 1000,
        millis % 1000,
        count(rate),
        summary.pack.id,
        &summary.pack.hash[..16]
    ));
    lines.join("\n")
}
