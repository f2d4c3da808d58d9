//! `reference/*.csv` → pilot offices and goods classes.

use super::report::{File, Report};
use crate::calendar::{Day, Period};
use crate::facts::{FactSource, FactTable, FactType};
use crate::pack::{GoodsClass, Pilot, PilotOffice};
use crate::problem::Fault;

/// One row with its place in the file.
struct Row<'a> {
    span: std::ops::Range<usize>,
    cells: Vec<&'a str>,
}

/// Rows of a plain CSV (no quotes in these lists but in the last column), after checking the header.
fn rows<'a>(file: &'a File, header: &[&str], report: &mut Report) -> Vec<Row<'a>> {
    let mut rows = Vec::new();
    let mut start = 0;
    for (at, line) in file.text.split_inclusive('\n').enumerate() {
        let span = start..start + line.trim_end().len();
        start += line.len();
        let line = line.trim_end();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let cells: Vec<&str> = line.splitn(header.len(), ',').map(str::trim).collect();
        if at == 0 {
            if cells != header {
                let message = format!("expected the header {}", header.join(","));
                report.note(file, span, Fault::ReferenceRow(message));
                return Vec::new();
            }
        } else if cells.len() == header.len() {
            rows.push(Row { span, cells });
        } else {
            let message = format!("expected {} cells, found {}", header.len(), cells.len());
            report.note(file, span, Fault::ReferenceRow(message));
        }
    }
    rows
}

pub(super) fn pilots(file: Option<File>, facts: &FactTable, report: &mut Report) -> Vec<Pilot> {
    let flags = facts.facts.iter().filter(|fact| fact.source == FactSource::Pilot);
    let mut pilots: Vec<Pilot> = flags.map(|fact| Pilot { flag: fact.column, offices: Vec::new() }).collect();
    let Some(file) = file else { return pilots };
    for row in rows(&file, &["pilot", "office", "from", "to", "note"], report) {
        let [name, office, from, to, _] = row.cells[..] else { continue };
        let flag = facts.column(&format!("pilot_{name}"));
        let pilot = pilots.iter_mut().find(|pilot| Some(pilot.flag) == flag);
        let period = Day::parse(from).map(|from| (from, Day::parse(to)));
        let fault = match (pilot, offices(office), period) {
            (None, ..) => format!("`{name}` is not a pilot of facts.toml"),
            (_, None, _) => format!("office `{office}`, expected four digits, or `22xx` for a district"),
            (.., None) => format!("from `{from}`, expected a day such as 2024-04-06"),
            (_, _, Some((_, None))) if !to.is_empty() => format!("to `{to}`, expected a day or nothing"),
            (Some(pilot), Some((first, last)), Some((from, to))) => {
                pilot.offices.push(PilotOffice { first, last, period: Period { from, to } });
                continue;
            }
        };
        report.note(&file, row.span, Fault::ReferenceRow(fault));
    }
    pilots
}

fn offices(text: &str) -> Option<(u16, u16)> {
    if text.len() != 4 {
        return None;
    }
    if let Some(district) = text.strip_suffix("xx") {
        let district: u16 = district.parse().ok()?;
        return Some((district * 100, district * 100 + 99));
    }
    text.parse().ok().map(|office: u16| (office, office))
}

pub(super) fn goods_classes(file: Option<File>, facts: &FactTable, report: &mut Report) -> Vec<GoodsClass> {
    let mut classes: Vec<GoodsClass> = Vec::new();
    let Some(file) = file else { return classes };
    for row in rows(&file, &["class", "hs", "approximate", "note"], report) {
        let [class, hs, approximate, _] = row.cells[..] else { continue };
        let flag = facts.column(class).filter(|column| facts.info(*column).fact_type == FactType::Flag);
        let Some(flag) = flag else {
            report.note(
                &file,
                row.span,
                Fault::ReferenceRow(format!("`{class}` is not a flag of facts.toml")),
            );
            continue;
        };
        if !(2..=10).contains(&hs.len()) || !hs.bytes().all(|b| b.is_ascii_digit()) {
            report.note(&file, row.span, Fault::ReferenceRow(format!("hs `{hs}`, expected 2 to 10 digits")));
            continue;
        }
        if !["true", "false"].contains(&approximate) {
            let message = format!("approximate `{approximate}`, expected true or false");
            report.note(&file, row.span, Fault::ReferenceRow(message));
            continue;
        }
        let approximate = approximate == "true";
        match classes.iter_mut().find(|class| class.flag == flag) {
            Some(class) => {
                class.prefixes.push(hs.to_owned());
                class.approximate |= approximate;
            }
            None => classes.push(GoodsClass { flag, prefixes: vec![hs.to_owned()], approximate }),
        }
    }
    classes
}
