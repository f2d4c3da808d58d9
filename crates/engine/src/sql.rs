//! The pack as one SQL statement, for DuckDB and PostgreSQL: the same verdicts from a table of facts.
//!
//! The statement reads a table `facts` with one column for each fact, named and typed as in [`facts_table`], and gives
//! one row a matter: `matter_id`, `decided_on`, one text column a measure with its verdict, and one boolean column a
//! condition (`NULL` = unknown).

use std::fmt::Write;

use greenlane_policy::expression::{ParameterId, Proposition, Term};
use greenlane_policy::facts::{ColumnId, FactType};
use greenlane_policy::pack::{
    DerivedRule, Kind, Measure, Pack, ParameterType, ParameterValue, Unit, Version,
};
use greenlane_policy::units::scaled_text;
use greenlane_terms::calendar::{Day, Period};

/// The statement. Both systems take it as it is.
#[must_use]
pub fn statement(pack: &Pack) -> String {
    let printer = Printer { pack };
    let mut sql = format!("-- {} {}\nWITH f0 AS (SELECT * FROM facts)", pack.id, pack.hash);
    let mut layer = 0;
    for pilot in &pack.pilots {
        let _ = write!(
            sql,
            ",\nf{} AS MATERIALIZED (SELECT f{layer}.*, COALESCE({}, {}) AS {} FROM f{layer})",
            layer + 1,
            quoted(&pack.facts.info(pilot.flag).name),
            printer.offices(pilot),
            printer.column(pilot.flag),
        );
        layer += 1;
    }
    for derived in &pack.derived {
        let rule = match &derived.rule {
            DerivedRule::Flag(proposition) => printer.proposition(proposition),
            DerivedRule::Value(term) => printer.term(term),
        };
        let name = &pack.facts.info(derived.column).name;
        let _ = write!(
            sql,
            ",\nf{} AS MATERIALIZED (SELECT f{layer}.*, COALESCE({rule}, {}) AS {} FROM f{layer})",
            layer + 1,
            quoted(name),
            printer.column(derived.column),
        );
        layer += 1;
    }
    let (conditions, verdicts) = printer.measures();
    let _ = write!(sql, ",\nconditions AS MATERIALIZED (SELECT f{layer}.*{conditions}\nFROM f{layer})");
    let _ =
        write!(sql, "\nSELECT {}, {}{verdicts}\nFROM conditions", quoted("matter_id"), quoted("decided_on"));
    sql
}

/// `CREATE TABLE facts (…)` with every fact that a pack declares.
#[must_use]
pub fn facts_table(pack: &Pack) -> String {
    let columns: Vec<String> = pack
        .facts
        .columns
        .iter()
        .map(|column| format!("  {} {}", quoted(&column.name), sql_type(column.fact_type)))
        .collect();
    format!("CREATE TABLE facts (\n{}\n)", columns.join(",\n"))
}

/// The SQL type of a fact's column.
#[must_use]
pub fn sql_type(fact_type: FactType) -> &'static str {
    match fact_type {
        FactType::Flag => "BOOLEAN",
        FactType::Count => "INTEGER",
        FactType::Date => "DATE",
        FactType::Money => "DECIMAL(18,2)",
        FactType::Ratio => "DECIMAL(14,4)",
        FactType::Code(_) | FactType::Id | FactType::Office => "VARCHAR",
    }
}

/// The name of a condition's column: `9.clean_year`, with `@<first day>` when the measure has several versions.
#[must_use]
pub fn condition_column(measure: &Measure, version: &Version, condition: &str) -> String {
    match measure.versions.len() {
        1 => format!("{}.{condition}", measure.id),
        _ => format!("{}.{condition}@{}", measure.id, version.in_force.from),
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn text(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

struct Printer<'a> {
    pack: &'a Pack,
}

impl Printer<'_> {
    fn measures(&self) -> (String, String) {
        let (mut conditions, mut verdicts) = (String::new(), String::new());
        for measure in self.pack.measures.iter().filter(|measure| measure.kind != Kind::Programme) {
            let mut arms = String::new();
            for version in &measure.versions {
                let mut names = Vec::new();
                for condition in &version.conditions {
                    let name = quoted(&condition_column(measure, version, &condition.name));
                    let _ = write!(conditions, ",\n  {} AS {name}", self.proposition(&condition.proposition));
                    names.push(name);
                }
                let pilot = measure.pilot.map(|flag| self.column(flag));
                let all = names.join(" AND ");
                let inside = match &pilot {
                    Some(pilot) => format!("{} AND COALESCE({pilot}, TRUE)", self.scope(measure, version)),
                    None => self.scope(measure, version),
                };
                let granted = pilot.map_or_else(|| all.clone(), |pilot| format!("{pilot} AND {all}"));
                let _ = write!(
                    arms,
                    " WHEN {inside} THEN CASE WHEN {granted} THEN 'granted' WHEN NOT ({all}) THEN 'refused' \
                     ELSE 'undetermined' END"
                );
                let _ = write!(verdicts, ",\n  {}", names.join(", "));
            }
            let _ = write!(verdicts, ",\n  CASE{arms} ELSE 'out_of_scope' END AS {}", quoted(&measure.id));
        }
        (conditions, verdicts)
    }

    fn scope(&self, measure: &Measure, version: &Version) -> String {
        let core = self.pack.core;
        let unit = match measure.unit {
            Unit::Declaration => "declaration",
            Unit::Item => "item",
            Unit::Application => "application",
        };
        let matters: Vec<String> = measure
            .matters
            .iter()
            .map(|code| text(&self.pack.facts.write(core.matter, i64::from(*code))))
            .collect();
        let matters = if matters.is_empty() { "NULL".to_owned() } else { matters.join(", ") };
        format!(
            "{} IN ({matters}) AND COALESCE({} IN ('{unit}', 'single'), TRUE) AND {}",
            quoted("matter"),
            quoted("unit"),
            period(version.in_force),
        )
    }

    fn offices(&self, pilot: &greenlane_policy::pack::Pilot) -> String {
        let office = quoted("office");
        let listed: Vec<String> = pilot
            .offices
            .iter()
            .map(|listed| {
                format!(
                    "({office} BETWEEN '{:04}' AND '{:04}' AND {})",
                    listed.first,
                    listed.last,
                    period(listed.period)
                )
            })
            .collect();
        let listed = if listed.is_empty() { "FALSE".to_owned() } else { listed.join(" OR ") };
        format!("CASE WHEN {office} IS NULL THEN NULL ELSE ({listed}) END")
    }

    /// A fact as conditions read it: derived and pilot facts have a column of their own.
    fn column(&self, column: ColumnId) -> String {
        let name = &self.pack.facts.info(column).name;
        let computed = self.pack.derived.iter().any(|derived| derived.column == column)
            || self.pack.pilots.iter().any(|pilot| pilot.flag == column);
        if computed { quoted(&format!("= {name}")) } else { quoted(name) }
    }

    fn proposition(&self, proposition: &Proposition) -> String {
        match proposition {
            Proposition::Constant(value) => value.to_string().to_uppercase(),
            Proposition::Flag(column) => self.column(*column),
            Proposition::Parameter(id) => self.parameter(*id),
            Proposition::Compare(comparison, left, right) => {
                format!("({} {} {})", self.term(left), comparison.sql(), self.term(right))
            }
            Proposition::OneOf(term, list, codes) => {
                let list = self.pack.facts.code_list(*list);
                let codes: Vec<String> =
                    codes.iter().map(|code| text(&list.codes[usize::from(*code)].0)).collect();
                format!("({} IN ({}))", self.term(term), codes.join(", "))
            }
            Proposition::All(parts) => self.joined(parts.iter(), " AND "),
            Proposition::Any(parts) => self.joined(parts.iter(), " OR "),
            Proposition::Not(inner) => format!("(NOT {})", self.proposition(inner)),
            Proposition::Case(arms, otherwise) => self.case(arms, |part| self.proposition(part), otherwise),
            Proposition::Each(members) => self.joined(members.iter().map(|(_, part)| part), " AND "),
        }
    }

    fn joined<'p>(&self, parts: impl Iterator<Item = &'p Proposition>, operator: &str) -> String {
        let parts: Vec<String> = parts.map(|part| self.proposition(part)).collect();
        format!("({})", parts.join(operator))
    }

    /// SQL takes an unknown WHEN for false; the law does not.
    fn case<T>(&self, arms: &[(Proposition, T)], print: impl Fn(&T) -> String, otherwise: &T) -> String {
        let mut sql = "CASE".to_owned();
        for (when, then) in arms {
            let when = self.proposition(when);
            let _ = write!(sql, " WHEN {when} THEN {} WHEN ({when}) IS NULL THEN NULL", print(then));
        }
        format!("({sql} ELSE {} END)", print(otherwise))
    }

    fn term(&self, term: &Term) -> String {
        match term {
            Term::Fact(column) => self.column(*column),
            Term::Parameter(id) => self.parameter(*id),
            Term::Decimal { value, scale } => scaled_text(i128::from(*value), usize::from(*scale), 0),
            Term::Date(day) => date(Day(*day)),
            Term::Code(list, code) => text(&self.pack.facts.code_list(*list).codes[usize::from(*code)].0),
            Term::Plus(left, right) => format!("({} + {})", self.term(left), self.term(right)),
            Term::Minus(left, right) => format!("({} - {})", self.term(left), self.term(right)),
            Term::Times(left, right) => format!("({} * {})", self.term(left), self.term(right)),
            Term::Widen(inner, _) => self.term(inner),
            Term::PlusMonths(inner, months) => self.shifted(inner, *months, "MONTH"),
            Term::PlusDays(inner, days) => self.shifted(inner, *days, "DAY"),
            Term::Case(arms, otherwise) => self.case(arms, |part| self.term(part), otherwise),
        }
    }

    fn shifted(&self, inner: &Term, amount: i32, unit: &str) -> String {
        let sign = if amount < 0 { '-' } else { '+' };
        format!("CAST({} {sign} INTERVAL '{}' {unit} AS DATE)", self.term(inner), amount.abs())
    }

    fn parameter(&self, id: ParameterId) -> String {
        let parameter = self.pack.parameter(id);
        let show = |value: i64| match parameter.parameter_type {
            ParameterType::Flag => (value != 0).to_string().to_uppercase(),
            ParameterType::Ratio => scaled_text(i128::from(value), 4, 4),
            ParameterType::Money => scaled_text(i128::from(value), 2, 2),
            ParameterType::Count
            | ParameterType::Months
            | ParameterType::Days
            | ParameterType::WorkingDays => value.to_string(),
        };
        let mut sql = "(CASE".to_owned();
        for version in &parameter.versions {
            let day = period(version.in_force);
            match (&version.value, parameter.by) {
                (ParameterValue::One(value), _) => {
                    let _ = write!(sql, " WHEN {day} THEN {}", show(*value));
                }
                (ParameterValue::ByCode(values), Some(column)) => {
                    for (code, value) in values {
                        let code = text(&self.pack.facts.write(column, i64::from(*code)));
                        let _ = write!(
                            sql,
                            " WHEN {day} AND {} = {code} THEN {}",
                            self.column(column),
                            show(*value)
                        );
                    }
                }
                (ParameterValue::ByCode(_), None) => {}
            }
        }
        sql + " END)"
    }
}

fn period(period: Period) -> String {
    let decided_on = quoted("decided_on");
    match period.to {
        Some(to) => format!("{decided_on} BETWEEN {} AND {}", date(period.from), date(to)),
        None => format!("{decided_on} >= {}", date(period.from)),
    }
}

fn date(day: Day) -> String {
    format!("DATE '{day}'")
}
