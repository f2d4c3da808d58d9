//! `greenlane generate`: a synthetic registry and declarations.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use anyhow::{Context, bail};
use greenlane_evaluate::population::{FileFormat, Parties, Population, PopulationOptions};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::arguments::{Format, Generate};
use crate::common::{Common, day};
use crate::exit::Exit;
use crate::print::count;

pub fn run(common: &Common, arguments: &Generate) -> anyhow::Result<Exit> {
    let (first_day, last_day) = (day(&arguments.from, "--from")?, day(&arguments.to, "--to")?);
    if last_day < first_day {
        bail!("--to {last_day} is before --from {first_day}");
    }
    if arguments.enterprises < 100 {
        bail!("--enterprises {}: expected at least 100", arguments.enterprises);
    }
    let engine = common.engine()?;
    let population = Population::new(
        &engine,
        PopulationOptions {
            seed: arguments.seed,
            enterprises: arguments.enterprises,
            declarations: arguments.declarations,
            items_per_declaration: arguments.items,
            first_day,
            last_day,
        },
    );
    let out = &arguments.out;
    std::fs::create_dir_all(out).with_context(|| format!("{}: cannot be created", out.display()))?;
    let registry = out.join("enterprises.csv");
    let enterprises = population.write_registry(&mut BufWriter::new(create(&registry)?))?;
    let (format, extension) = match arguments.format {
        Format::Ndjson => (FileFormat::Ndjson, "ndjson"),
        Format::Csv => (FileFormat::Csv, "csv"),
        Format::Parquet => (FileFormat::Parquet, "parquet"),
    };
    let declarations = out.join(format!("declarations.{extension}"));
    let parties = if arguments.joined { Parties::Joined } else { Parties::IdsOnly };
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {bytes}  {bytes_per_sec}  {elapsed}") {
        bar.set_style(style);
    }
    let file = bar.wrap_write(create(&declarations)?);
    let rows = population.write_declarations(file, format, parties, threads)?;
    bar.finish_and_clear();
    if common.json {
        common.print_json(&json!({
            "registry": registry, "registry_rows": enterprises, "declarations": declarations, "matters": rows, "seed": arguments.seed,
        }))?;
    } else {
        let language = common.language;
        println!("{}  {} {}", registry.display(), count(enterprises), language.say("行", "rows"));
        println!("{}  {} {}", declarations.display(), count(rows), language.say("项事项", "matters"));
    }
    Ok(Exit::Done)
}

fn create(path: &Path) -> anyhow::Result<File> {
    File::create(path).with_context(|| format!("{}: cannot be created", path.display()))
}
