//! Tests with damaged files: cut off, and with flipped bits.

use std::path::Path;

use crate::{Intake, sample};

/// A file with texts, dates, numbers and flags, in several row groups.
fn sound(path: &Path) -> Vec<u8> {
    let pack = sample::pack();
    let rows: Vec<Vec<(&str, String)>> = (0..400)
        .map(|row| {
            let mut facts = vec![("applicant_id", format!("31019{row:05}"))];
            if row % 3 > 0 {
                facts.push(("applicant_tax_paid[y1]", format!("{row}.50")));
            }
            if row % 2 > 0 {
                facts.push(("applicant_is_producer", (row % 4 > 1).to_string()));
            }
            facts
        })
        .collect();
    let rows: Vec<Vec<(&str, &str)>> =
        rows.iter().map(|row| row.iter().map(|(name, value)| (*name, value.as_str())).collect()).collect();
    let rows: Vec<&[(&str, &str)]> = rows.iter().map(Vec::as_slice).collect();
    let matters = sample::matters(&pack, &rows);
    let columns: Vec<_> = [
        "matter_id",
        "matter",
        "decided_on",
        "applicant_id",
        "applicant_tax_paid[y1]",
        "applicant_is_producer",
    ]
    .into_iter()
    .map(|name| pack.facts.column(name).unwrap())
    .collect();
    super::write_parquet(path, &pack.facts, &columns, [matters]).unwrap();
    std::fs::read(path).unwrap()
}

/// Reads a file to its end: how many rows, or what is wrong with it.
fn outcome(path: &Path) -> Result<usize, String> {
    let pack = sample::pack();
    let intake = Intake::new(&pack).with_batch_rows(64);
    let mut rows = 0;
    for batch in intake.read(&[path]).map_err(|error| error.to_string())? {
        rows += batch.map_err(|error| error.to_string())?.matters.rows();
    }
    Ok(rows)
}

#[test]
fn a_damaged_file_is_named_and_stops_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("damaged.parquet");
    let bytes = sound(&path);
    assert_eq!(outcome(&path), Ok(400));
    let mut damaged: Vec<Vec<u8>> = (0..200).map(|at| bytes[..bytes.len() * at / 200].to_vec()).collect();
    for at in 0..600 {
        // Spread over the file, and every byte of its end, where the metadata is.
        let place =
            if at % 2 == 0 { at * 7_919 % bytes.len() } else { bytes.len() - 1 - at / 2 % bytes.len() };
        let mut one = bytes.clone();
        one[place] ^= 1 << (at % 8);
        damaged.push(one);
    }
    let mut refused = 0;
    for one in &damaged {
        std::fs::write(&path, one).unwrap();
        if let Err(error) = outcome(&path) {
            refused += 1;
            assert!(error.contains("damaged.parquet"), "{error}");
        }
    }
    assert!(refused > 300, "{refused} of {}", damaged.len());
}
