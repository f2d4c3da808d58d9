//! Random matters near the thresholds of a law, and the same matters as coded columns.

use greenlane_policy::facts::ColumnId;
use greenlane_policy::matters::{Column, Matters, MattersBuilder};
use greenlane_policy::pack::Pack;

use super::calendar::{self, MonthEnd, later};
use super::law::{DECIDED_ON, Fact, Law, MATTER, SINGLE, Type};
use super::packs::OFFICES;
use super::print::decimal;
use super::random::Dice;

/// For each fact, one natural value for each member (one for a plain fact).
pub type FactsOfRow = Vec<Vec<Option<i64>>>;

/// How often a column is unknown.
#[derive(Clone, Copy)]
enum Gaps {
    Absent,
    None,
    Some(usize),
}

pub fn rows(law: &Law, count: usize, dice: &mut Dice) -> Vec<FactsOfRow> {
    let gaps: Vec<Vec<Gaps>> = law
        .facts
        .iter()
        .enumerate()
        .map(|(at, fact)| (0..fact.members.len().max(1)).map(|_| gaps_of(at, dice)).collect())
        .collect();
    let row = |_| {
        let of_fact = |(fact, gaps): (&Fact, &Vec<Gaps>)| {
            gaps.iter().map(|gaps| (!gaps.falls(dice)).then(|| value(law, fact.kind, dice))).collect()
        };
        law.facts.iter().zip(&gaps).map(of_fact).collect()
    };
    (0..count).map(row).collect()
}

fn gaps_of(fact: usize, dice: &mut Dice) -> Gaps {
    match dice.below(10) {
        _ if fact == MATTER || fact == DECIDED_ON => Gaps::Some(dice.pick(&[0, 2])),
        0 => Gaps::Absent,
        1..=3 => Gaps::None,
        _ => Gaps::Some(25),
    }
}

impl Gaps {
    fn falls(self, dice: &mut Dice) -> bool {
        match self {
            Gaps::Absent => true,
            Gaps::None => false,
            Gaps::Some(percent) => dice.percent(percent),
        }
    }
}

fn value(law: &Law, kind: Type, dice: &mut Dice) -> i64 {
    match kind {
        Type::Flag => dice.between(0, 1),
        Type::Code(1) if dice.percent(40) => SINGLE as i64,
        Type::Code(list) if dice.percent(90) => dice.pick(&law.near_codes(list)) as i64,
        Type::Code(list) => dice.below(law.lists[list].len()) as i64,
        Type::Office => dice.pick(&OFFICES),
        Type::Date => near_day(law, dice),
        kind => {
            let value =
                dice.pick(law.pools.of(kind)) + if dice.percent(60) { 0 } else { dice.between(-1, 1) };
            if kind == Type::Count { value.max(0) } else { value }
        }
    }
}

/// A day of the pool, or one that an interval of the law leads to it from.
fn near_day(law: &Law, dice: &mut Dice) -> i64 {
    let day = dice.pick(&law.pools.days);
    match dice.below(8) {
        0 => day + dice.between(-1, 1),
        1 => day + dice.between(-40, 40),
        2..=4 => {
            let (count, step) = dice.pick(&law.pools.intervals);
            let count = if dice.percent(50) { -count } else { count };
            let jitter = if dice.percent(70) { 0 } else { dice.between(-3, 3) };
            jitter + later(day, (count, step), MonthEnd::LastDay)
        }
        _ => day,
    }
}

/// Rows as coded columns, each value through its text; `order` says which row comes where.
pub fn matters(pack: &Pack, law: &Law, rows: &[FactsOfRow], order: &[usize]) -> Matters {
    let mut builder = MattersBuilder::new(&pack.facts);
    for &row in order {
        builder.set_text(pack.core.matter_id, &format!("matter-{row}"));
        for (fact, values) in law.facts.iter().zip(&rows[row]) {
            for (at, value) in
                values.iter().enumerate().filter_map(|(at, value)| value.map(|value| (at, value)))
            {
                let name = match fact.members.get(at) {
                    Some(member) => format!("{}[{member}]", fact.name),
                    None => fact.name.clone(),
                };
                let column = pack.facts.column(&name).expect("the column of a declared fact");
                let read =
                    pack.facts.read(column, &written(law, fact.kind, value)).expect("a value of its type");
                builder.set(column, &read);
            }
        }
        builder.end_row();
    }
    builder.finish()
}

fn written(law: &Law, kind: Type, value: i64) -> String {
    match kind {
        Type::Flag => (value == 1).to_string(),
        Type::Date => calendar::text(value),
        Type::Code(list) => law.lists[list][value as usize].clone(),
        Type::Office => format!("{value:04}"),
        kind => decimal(i128::from(value), kind.scale()),
    }
}

/// The same matters with other values where nothing is known: they mean nothing.
pub fn spoiled(pack: &Pack, matters: &Matters, dice: &mut Dice) -> Matters {
    let columns = (0..pack.facts.columns.len()).map(|at| {
        let mut column = matters.column(ColumnId(at as u16)).clone();
        for row in 0..matters.rows() {
            match &mut column {
                Column::Code { values, known } if !known.get(row) => values[row] = dice.pick(&[1, 2, 255]),
                Column::Small { values, known } if !known.get(row) => {
                    values[row] = dice.pick(&[1, -1, i32::MIN, i32::MAX]);
                }
                Column::Large { values, known } if !known.get(row) => {
                    values[row] = dice.pick(&[1, -1, i64::MIN, i64::MAX]);
                }
                _ => {}
            }
        }
        column
    });
    Matters::new(matters.rows(), columns.collect())
}

/// One row in words, for a failure.
pub fn describe(law: &Law, row: &FactsOfRow) -> String {
    let one = |(fact, values): (&Fact, &Vec<Option<i64>>)| {
        let values: Vec<String> = values
            .iter()
            .map(|value| value.map_or_else(|| "unknown".to_owned(), |value| written(law, fact.kind, value)))
            .collect();
        format!("  {} = {}\n", fact.name, values.join(" | "))
    };
    law.facts.iter().zip(row).map(one).collect()
}
