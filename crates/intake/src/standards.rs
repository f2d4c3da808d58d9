//! Standard values of industries (企业绩效评价标准值): the excellent value that an applicant is measured against.

use std::collections::HashMap;
use std::path::Path;

use greenlane_policy::facts::{FactSource, RATIO_LIMIT, scaled};
use greenlane_policy::pack::Pack;
use greenlane_terms::calendar::Day;

use crate::error::{IntakeError, Reject};
use crate::frame::Frame;
use crate::table::{Fault, Field, Table};
use crate::values::Cell;

const FIELDS: [Field; 11] = [
    Field { name: "edition", aliases: &["版本", "年份", "年度"], required: true },
    Field { name: "industry_code", aliases: &["行业代码"], required: false },
    Field { name: "industry", aliases: &["行业", "行业名称"], required: false },
    Field { name: "size", aliases: &["规模", "范围"], required: true },
    Field { name: "indicator", aliases: &["指标", "项目"], required: true },
    Field { name: "excellent", aliases: &["优秀值"], required: true },
    Field { name: "good", aliases: &["良好值"], required: false },
    Field { name: "average", aliases: &["平均值"], required: false },
    Field { name: "low", aliases: &["较低值"], required: false },
    Field { name: "poor", aliases: &["较差值"], required: false },
    Field { name: "sample", aliases: &["示例"], required: false },
];

/// Excellent values by industry and indicator, each by edition.
#[derive(Debug)]
pub struct Standards {
    /// Industry (code or name) and indicator → editions with their value in 1/10,000, newest first.
    values: HashMap<(String, String), Vec<(i32, i64)>>,
    rejects: Vec<Reject>,
}

impl Standards {
    /// Reads a CSV file of standard values. Values are ratios (`0.486`) or percentages (`48.6%`); an edition is a year
    /// (`2024`, `2024年版`). Rows of other sizes than `all` (全行业) are of no use here and are passed over.
    ///
    /// # Errors
    /// The file cannot be read, or its header lacks a column.
    pub fn read(path: &Path) -> Result<Standards, IntakeError> {
        let mut table = Table::open(path, &FIELDS)?;
        table.refuse_others()?;
        table.one_of(&[1, 2])?;
        let mut values: HashMap<(String, String), Vec<(i32, i64)>> = HashMap::new();
        while let Some(line) = table.next()? {
            match read_row(&table) {
                Ok(Some(row)) => {
                    let doubles = row.industries.iter().any(|industry| {
                        let editions = values.get(&(industry.clone(), row.indicator.clone()));
                        editions.is_some_and(|editions| {
                            editions.iter().any(|&(edition, _)| edition == row.edition)
                        })
                    });
                    if doubles {
                        let reason =
                            format!("edition {} of this industry and indicator occurs twice", row.edition);
                        table.set_aside(line, ("edition".to_owned(), reason));
                        continue;
                    }
                    for industry in row.industries {
                        let editions = values.entry((industry, row.indicator.clone())).or_default();
                        editions.push((row.edition, row.excellent));
                    }
                }
                Ok(None) => {}
                Err(fault) => table.set_aside(line, fault),
            }
        }
        values.values_mut().for_each(|editions| editions.sort_unstable_by(|a, b| b.cmp(a)));
        Ok(Standards { values, rejects: table.rejects })
    }

    /// Rows of the file that were set aside.
    #[must_use]
    pub fn rejects(&self) -> &[Reject] {
        &self.rejects
    }

    /// The excellent value of the newest edition that is not after the day's year, in 1/10,000.
    #[must_use]
    pub fn excellent(&self, industry: &str, indicator: &str, day: Day) -> Option<i64> {
        let year = i32::from(day.year());
        let editions = self.values.get(&(industry.to_owned(), indicator.to_owned()))?;
        editions.iter().find(|&&(edition, _)| edition <= year).map(|&(_, value)| value)
    }

    /// States `<indicator>_excellent` for rows whose applicant's industry is known.
    pub(crate) fn fill(&self, pack: &Pack, frame: &mut Frame) {
        let Some(industry) = pack.facts.column("applicant_industry") else { return };
        let facts = pack.facts.facts.iter().filter(|fact| fact.source == FactSource::Reference);
        for fact in facts {
            let Some(indicator) = fact.name.strip_suffix("_excellent") else { continue };
            let days = frame.column(pack.core.decided_on);
            let values: Vec<Option<i64>> = (0..frame.rows)
                .map(|row| {
                    let industry = frame.column(industry).text(row)?;
                    let day = i32::try_from(days.value(row)?).ok()?;
                    self.excellent(industry, indicator, Day(day))
                })
                .collect();
            for member in 0..fact.members.len().max(1) {
                let member = u16::try_from(member).unwrap_or(0);
                let column = greenlane_policy::facts::ColumnId(fact.column.0 + member);
                frame.fill(column, fact.fact_type, |row| values[row].map(Cell::Coded));
            }
        }
    }
}

struct StandardRow {
    edition: i32,
    industries: Vec<String>,
    indicator: String,
    excellent: i64,
}

/// Reads one row; `None` for a size that is of no use here.
fn read_row(table: &Table) -> Result<Option<StandardRow>, Fault> {
    let text = table.must(0, "a year")?;
    let year = text.trim_end_matches("版").trim_end_matches("年").trim();
    let edition: Option<i32> = year.parse().ok().filter(|year| (1990..=2199).contains(year));
    let edition = edition.ok_or_else(|| table.wrong(0, text, "a year such as 2024"))?;
    let size = table.must(3, "all or another size")?;
    let indicator = match table.must(4, "debt_ratio or cash_ratio")? {
        "debt_ratio" | "资产负债率" => "debt_ratio",
        "cash_ratio" | "现金流动负债比率" => "cash_ratio",
        other => {
            return Err(table.wrong(4, other, "debt_ratio (资产负债率) or cash_ratio (现金流动负债比率)"));
        }
    };
    let mut industries: Vec<String> =
        [table.get(1)?, table.get(2)?].into_iter().flatten().map(str::to_owned).collect();
    industries.dedup();
    if industries.is_empty() {
        return Err(("industry".to_owned(), "no industry, expected a code or a name".to_owned()));
    }
    let text = table.must(5, "a ratio")?;
    let excellent = ratio(text).ok_or_else(|| table.wrong(5, text, "a ratio such as 0.486 or 48.6%"))?;
    let of_all_sizes = matches!(size, "all" | "全行业");
    let row = StandardRow { edition, industries, indicator: indicator.to_owned(), excellent };
    Ok(of_all_sizes.then_some(row))
}

fn ratio(text: &str) -> Option<i64> {
    let coded = match text.strip_suffix('%') {
        Some(percent) => scaled(percent, 2),
        None => scaled(text, 4),
    };
    coded.filter(|ratio| ratio.abs() <= RATIO_LIMIT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Intake;
    use crate::sample;

    fn standards(text: &str) -> Result<Standards, IntakeError> {
        let (_folder, path) = sample::file("standards.csv", text);
        Standards::read(&path)
    }

    const TABLE: &str = "edition,industry_code,industry,size,indicator,excellent,good,average,low,poor,sample\n\
        2023,C39,电子,all,debt_ratio,0.5,,,,,true\n2024,C39,电子,all,debt_ratio,48.6%,,,,,true\n\
        2024,C39,电子,large,debt_ratio,0.1,,,,,true\n2025,C39,电子,全行业,资产负债率,0.4,,,,,true\n\
        2024,C39,电子,all,cash_ratio,0.25,,,,,true\n";

    fn check(decided_on: &str, industry: &str, fact: &str, expected: Option<i64>) {
        let pack = sample::pack();
        let intake = Intake::new(&pack).with_standards(standards(TABLE).unwrap());
        let row = [
            ("decided_on", decided_on),
            ("applicant_industry", industry),
            ("cash_ratio_excellent[y2]", "0.9"),
        ];
        let matters = intake.enrich(&sample::matters(&pack, &[&row]));
        assert_eq!(
            matters.value(pack.facts.column(fact).unwrap(), 0),
            expected,
            "{decided_on} {industry} {fact}"
        );
    }

    #[test]
    fn the_newest_edition_that_is_not_after_the_year_counts_for_every_date() {
        for member in sample::DATES {
            check("2024-12-31", "C39", &format!("debt_ratio_excellent[{member}]"), Some(4_860));
        }
        check("2025-01-01", "电子", "debt_ratio_excellent[y1]", Some(4_000));
        check("2023-06-01", "C39", "debt_ratio_excellent[y1]", Some(5_000));
        check("2022-12-31", "C39", "debt_ratio_excellent[y1]", None);
        check("2024-12-31", "C40", "debt_ratio_excellent[y1]", None);
        check("2024-12-31", "C39", "cash_ratio_excellent[y1]", Some(2_500));
        check("2024-12-31", "C39", "cash_ratio_excellent[y2]", Some(9_000));
    }

    #[test]
    fn chinese_headers_are_read_and_bad_rows_are_set_aside() {
        let text = "年度,行业,规模,指标,优秀值\n2024年版,电子,全行业,现金流动负债比率,25.5%\n新,电子,全行业,资产负债率,0.5\n\
            2024,电子,全行业,净资产收益率,0.5\n2024,,全行业,资产负债率,0.5\n2024,电子,全行业,资产负债率,好\n2024,电子,全行业,现金流动负债比率,0.3\n";
        let found = standards(text).unwrap();
        assert_eq!(found.excellent("电子", "cash_ratio", Day::parse("2024-08-30").unwrap()), Some(2_550));
        let fields: Vec<&str> = found.rejects().iter().filter_map(|reject| reject.field.as_deref()).collect();
        assert_eq!(fields, ["edition", "indicator", "industry", "excellent", "edition"]);
        assert!(standards("edition,size\n").unwrap_err().to_string().contains("no column for `indicator`"));
    }
}
