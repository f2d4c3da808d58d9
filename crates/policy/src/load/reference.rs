//! `reference/*.csv` → pilot offices, goods classes, and the calendar.

use super::report::{File, Report};
use crate::facts::{FactSource, FactTable, FactType};
use crate::pack::{GoodsClass, Pilot, PilotOffice};
use crate::problem::Fault;
use crate::working_days::{DayKind, ListedDay, WorkingDays};
use greenlane_terms::calendar::{Day, Period};

/// One row with its place in the file.
struct Row<'a> {
    span: std::ops::Range<usize>,
    cells: Vec<&'a str>,
}

/// Rows of a plain CSV (no quotes in these lists but in the last column), after checking the header.
fn rows<'a>(file: &'a File, header: &[&str], report: &mut Report) -> Vec<Row<'a>> {
    let mut rows = Vec::new();
    let (mut start, mut has_header) = (0, false);
    for line in file.text.split_inclusive('\n') {
        let span = start..start + line.trim_end().len();
        start += line.len();
        let line = line.trim_end();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let cells: Vec<&str> = line.splitn(header.len(), ',').map(str::trim).collect();
        if !has_header {
            if cells != header {
                let message = format!("expected the header {}", header.join(","));
                report.note(file, span, Fault::ReferenceRow(message));
                return Vec::new();
            }
            has_header = true;
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

/// Days off and worked weekend days, in the order of the days.
pub(super) fn calendar(file: Option<File>, report: &mut Report) -> WorkingDays {
    let mut calendar = WorkingDays::default();
    let Some(file) = file else { return calendar };
    for row in rows(&file, &["day", "kind", "name_zh", "name_en"], report) {
        let [day, kind, name_zh, name_en] = row.cells[..] else { continue };
        let fault = match (Day::parse(day), DayKind::parse(kind)) {
            (None, _) => format!("day `{day}`, expected a day such as 2024-10-01"),
            (_, None) => format!("kind `{kind}`, expected holiday or workday"),
            (Some(day), Some(kind)) => {
                let (name_zh, name_en) = (name_zh.to_owned(), unquoted(name_en));
                match calendar.list(day, ListedDay { kind, name_zh, name_en }) {
                    Ok(()) => continue,
                    Err(error) => error.to_string(),
                }
            }
        };
        report.note(&file, row.span, Fault::ReferenceRow(fault));
    }
    calendar
}

/// The last cell of a row, which may stand in quotes as in other CSV files.
fn unquoted(cell: &str) -> String {
    let quoted = cell.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    quoted.map_or_else(|| cell.to_owned(), |text| text.replace("\"\"", "\""))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    /// Reads rows below the header of `calendar.csv`; the problems as `line:column: fault`.
    #[track_caller]
    fn check(rows: &str, expected: &str) {
        let (_, lines) = read(rows);
        assert_eq!(lines.replace("reference/calendar.csv:", ""), expected);
    }

    /// The calendar of rows below the header, and the problems.
    fn read(rows: &str) -> (WorkingDays, String) {
        let mut report = Report::default();
        let text = Arc::new(format!("# a remark\nday,kind,name_zh,name_en\n{rows}"));
        let days = calendar(Some(File { path: "reference/calendar.csv".into(), text }), &mut report);
        (days, report.finish().lines())
    }

    #[test]
    fn the_english_name_of_a_day_may_have_commas_and_quotes() {
        let (days, _) = read(
            "2025-01-26,workday,上班,worked, all day\n2025-01-28,holiday,春节,\"Spring Festival, \"\"new moon\"\"\"\n\
             2025-01-29,holiday,,\"\n",
        );
        let names: Vec<(&str, &str)> =
            days.listed().map(|(_, of)| (of.name_zh.as_str(), of.name_en.as_str())).collect();
        let expected = [("上班", "worked, all day"), ("春节", "Spring Festival, \"new moon\""), ("", "\"")];
        assert_eq!(names, expected);
    }

    #[test]
    fn good_rows_of_a_calendar_have_no_problem() {
        check("", "");
        check("2025-01-01,holiday,元旦,New Year\n\n# Sunday\n2025-01-26,workday,上班,worked, all day\n", "");
        check("2025-10-04,holiday,国庆节,a Saturday\n", "");
    }

    #[test]
    fn a_bad_row_of_a_calendar_names_line_field_and_what_is_expected() {
        check(
            "2025-02-29,holiday,a,b\n2025/10/01,holiday,a,b\n",
            "3:1: bad row: day `2025-02-29`, expected a day such as 2024-10-01\n\
             4:1: bad row: day `2025/10/01`, expected a day such as 2024-10-01\n",
        );
        check("2025-10-01,off,a,b\n", "3:1: bad row: kind `off`, expected holiday or workday\n");
        check("2025-10-01,holiday,a\n", "3:1: bad row: expected 4 cells, found 3\n");
        check(
            "2025-10-10,workday,a,b\n",
            "3:1: bad row: kind `workday` on 2025-10-10, expected a Saturday or Sunday\n",
        );
    }

    #[test]
    fn a_day_twice_or_out_of_order_is_a_bad_row() {
        check(
            "2025-10-01,holiday,a,b\n2025-10-01,holiday,a,b\n",
            "4:1: bad row: day `2025-10-01` is there twice, expected each day once\n",
        );
        check(
            "2025-10-02,holiday,a,b\n2025-10-01,holiday,a,b\n2025-10-02,workday,a,b\n2025-10-03,holiday,a,b\n",
            "4:1: bad row: day `2025-10-01` is out of order, expected a day after 2025-10-02\n\
             5:1: bad row: day `2025-10-02` is there twice, expected each day once\n",
        );
    }

    #[test]
    fn a_calendar_with_another_header_is_a_problem() {
        let mut report = Report::default();
        let text = Arc::new("day,kind,name\n2025-10-01,holiday,a\n".to_owned());
        calendar(Some(File { path: "c.csv".into(), text }), &mut report);
        let expected = "c.csv:1:1: bad row: expected the header day,kind,name_zh,name_en\n";
        assert_eq!(report.finish().lines(), expected);
    }
}
