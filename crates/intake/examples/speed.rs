//! Measures how many rows a second each format gives: `cargo run --release -p greenlane-intake --example speed [rows]`.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Instant;

use greenlane_intake::{Intake, Mapping, Registry, write_parquet};
use greenlane_policy::facts::ColumnId;
use greenlane_policy::pack::Pack;

fn measure(what: &str, intake: &Intake<'_>, path: &Path) -> Result<(), Box<dyn Error>> {
    let (start, before) = (Instant::now(), cpu_millis());
    let (mut rows, mut rejects) = (0, 0);
    for batch in intake.read(&[path])? {
        let batch = batch?;
        rows += batch.matters.rows();
        rejects += batch.rejects.len();
    }
    let (wall, cpu) = (start.elapsed().as_millis(), (cpu_millis() - before).max(1));
    let per_second = rows as u64 * 1_000 / cpu;
    println!(
        "{what:<38} {rows:>9} rows {rejects} rejects {wall:>6} ms, of which {cpu:>6} ms on the CPU: {per_second:>10} rows/s"
    );
    Ok(())
}

/// CPU time of this process so far: other processes on the machine do not count.
fn cpu_millis() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|ticks| ticks.parse::<u64>().ok()).unwrap_or(0);
    (ticks(11) + ticks(12)) * 10
}

fn main() -> Result<(), Box<dyn Error>> {
    let rows: usize = std::env::args().nth(1).and_then(|rows| rows.parse().ok()).unwrap_or(2_000_000);
    let pack = Pack::embedded().map_err(|problems| format!("{problems:?}"))?;
    let folder = std::env::temp_dir().join("greenlane-intake-speed");
    std::fs::create_dir_all(&folder)?;
    let (csv, ndjson, parquet, coded, firms) = (
        folder.join("a.csv"),
        folder.join("a.ndjson"),
        folder.join("a.parquet"),
        folder.join("coded.parquet"),
        folder.join("firms.csv"),
    );
    let names = [
        "matter_id",
        "matter",
        "decided_on",
        "office",
        "lane",
        "two_step",
        "hs_code",
        "transport_mode",
        "mandatory_inspection",
        "consignee_consignor_id",
        "declarant_id",
        "end_user_id",
        "consignee_consignor_findings_1y",
    ];
    write_text(rows, &names, &csv, &ndjson)?;
    let intake = Intake::new(&pack);
    let columns: Vec<ColumnId> = names.iter().filter_map(|name| pack.facts.column(name)).collect();
    let few: Vec<ColumnId> = columns
        .iter()
        .copied()
        .filter(|&c| !pack.facts.info(c).name.ends_with("_id") || c == pack.core.matter_id)
        .collect();
    let batches = || intake.read(&[&csv]).into_iter().flatten().flatten().map(|batch| batch.matters);
    write_parquet(&parquet, &pack.facts, &columns, batches())?;
    write_parquet(&coded, &pack.facts, &few, batches())?;
    measure("CSV, 13 columns", &intake, &csv)?;
    measure("NDJSON, 13 keys", &intake, &ndjson)?;
    measure("Parquet, 13 columns (5 ids)", &intake, &parquet)?;
    measure("Parquet, 10 columns (2 ids)", &intake, &coded)?;
    let mut text = String::from("customs_code,level,advanced_since,is_producer\n");
    for firm in 0..1_000_000u32 {
        writeln!(text, "{firm:010},{},2015-03-01,true", if firm % 10 == 0 { "advanced" } else { "regular" })?;
    }
    std::fs::write(&firms, text)?;
    let start = Instant::now();
    let registry = Registry::read(&firms, &pack)?;
    println!("registry of {} enterprises read in {} ms", registry.len(), start.elapsed().as_millis());
    measure("Parquet, 13 columns, registry of 1 M", &Intake::new(&pack).with_registry(registry), &parquet)?;
    let kcs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/kcs/df_syn_train_eng.csv");
    if kcs.exists() {
        measure(
            "CSV of the Korea Customs Service",
            &Intake::new(&pack).with_mapping(Mapping::named("kcs")?),
            &kcs,
        )?;
    }
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

fn write_text(rows: usize, names: &[&str], csv: &Path, ndjson: &Path) -> Result<(), Box<dyn Error>> {
    use std::io::Write;
    let mut csv = std::io::BufWriter::new(std::fs::File::create(csv)?);
    let mut ndjson = std::io::BufWriter::new(std::fs::File::create(ndjson)?);
    writeln!(csv, "{}", names.join(","))?;
    for row in 0..rows {
        let firm =
            |salt: usize| format!("{:010}", row.wrapping_mul(2_654_435_761).wrapping_add(salt) % 1_000_000);
        let values = [
            format!("{:018}", row),
            ["import_declaration", "export_declaration"][row % 2].into(),
            format!("2024-{:02}-{:02}", row / 28 % 12 + 1, row % 28 + 1),
            format!("{}", 2_200 + row % 40),
            "ordinary".into(),
            (row % 3 == 0).to_string(),
            format!("{:08}", row.wrapping_mul(7_919) % 97_000_000 + 1_000_000),
            ["sea", "air", "road"][row % 3].into(),
            "false".into(),
            firm(0),
            firm(1),
            firm(2),
            (row % 4).to_string(),
        ];
        writeln!(csv, "{}", values.join(","))?;
        let pairs: Vec<String> =
            names.iter().zip(&values).map(|(name, value)| format!("\"{name}\":\"{value}\"")).collect();
        writeln!(ndjson, "{{{}}}", pairs.join(","))?;
    }
    Ok(())
}
