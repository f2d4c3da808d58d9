//! Random law: facts of every type, families, parameters, derived facts, pilots, and measures with versions.

use super::calendar::{self, MonthEnd, later};
use super::conditions::Writer;
use super::law::{
    Derivation, Fact, Law, MATTERS, Measure, Origin, Parameter, ParameterVersion, PilotOffice, Pools, Step,
    Type, UNITS, Version,
};
use super::print::Printer;
use super::random::Dice;

const YEARS: &[&str] = &["y1", "y2", "y3"];
const SITES: &[&str] = &["north", "south"];

pub fn law(dice: &mut Dice) -> Law {
    let mut law = Law { lists: lists(), pools: pools(dice), ..Law::default() };
    facts(&mut law, dice);
    parameters(&mut law, dice);
    derivations(&mut law, dice);
    pilots(&mut law, dice);
    for _ in 0..4 + dice.below(3) {
        let measure = measure(&law, dice);
        law.measures.push(measure);
    }
    law
}

fn lists() -> Vec<Vec<String>> {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let many = |count: usize| (0..count).map(|at| format!("code_{}", (at * 67) % count)).collect();
    vec![names(&MATTERS), names(&UNITS), names(&["gold", "silver", "none"]), many(70), many(200)]
}

fn pools(dice: &mut Dice) -> Pools {
    let few = |dice: &mut Dice, from: &[i64]| (0..4).map(|_| dice.pick(from)).collect();
    let intervals: Vec<_> = (0..3).map(|_| interval(dice)).collect();
    let mut days: Vec<i64> = (0..2).map(|_| day(dice)).collect();
    for _ in 0..4 {
        // Thresholds lie an interval apart, so that sums of the law meet them.
        let apart = later(dice.pick(&days), dice.pick(&intervals), MonthEnd::LastDay);
        days.push(apart);
    }
    Pools {
        counts: few(dice, &[0, 1, 2, 3, 10, 30, 365, 1_000, 2_147_483_646]),
        money: few(
            dice,
            &[0, 1, 100, 12_345, 999_999_999, 1_000_000_000, -500, 5_000_000_000, 9_999_999_999_999_999],
        ),
        ratios: few(dice, &[0, 1, 3_000, 5_000, 10_000, 8_476, -2_500, 1_999_999_999]),
        days,
        intervals,
    }
}

fn interval(dice: &mut Dice) -> (i64, Step) {
    let step = dice.pick(&[Step::Years, Step::Months, Step::Months, Step::Months, Step::Days]);
    let most = match step {
        Step::Years => 5,
        Step::Months => 13,
        Step::Days => 40,
    };
    (dice.between(1, most), step)
}

/// The day after one of the pool that lies after `start`, or some day after it.
fn next_start(law: &Law, start: i64, dice: &mut Dice) -> i64 {
    let later: Vec<i64> = law.pools.days.iter().map(|day| day + 1).filter(|day| *day > start).collect();
    if later.is_empty() || dice.percent(25) { start + dice.between(1, 900) } else { dice.pick(&later) }
}

/// Month ends, the days around them, 29 February, and any day.
fn day(dice: &mut Dice) -> i64 {
    let year = dice.pick(&[1999, 2000, 2023, 2024, 2024, 2025, 2028, 2100]);
    match dice.below(7) {
        0 => calendar::day(year, 1, 28) + dice.between(0, 1),
        1..=5 => {
            let month = dice.between(0, 11);
            calendar::day(year, month, calendar::days_in_month(year, month)) + dice.pick(&[0, 0, 0, -1, 1])
        }
        _ => calendar::day(year, 0, 1) + dice.between(0, 365),
    }
}

fn facts(law: &mut Law, dice: &mut Dice) {
    let mut add = |name: String, kind, members, origin| law.facts.push(Fact { name, kind, members, origin });
    for (name, kind) in [
        ("matter", Type::Code(0)),
        ("decided_on", Type::Date),
        ("office", Type::Office),
        ("unit", Type::Code(1)),
    ] {
        add(name.to_owned(), kind, &[][..], Origin::Stated);
    }
    let kinds = [
        Type::Flag,
        Type::Count,
        Type::Date,
        Type::Money,
        Type::Ratio,
        Type::Code(2),
        Type::Code(3),
        Type::Code(4),
    ];
    for (at, kind) in kinds.into_iter().enumerate() {
        for number in 0..1 + dice.below(3) {
            add(format!("fact_{at}_{number}"), kind, &[][..], Origin::Stated);
        }
    }
    for number in 0..3 + dice.below(4) {
        let members = dice.pick(&[YEARS, YEARS, SITES]);
        add(format!("family_{number}"), dice.pick(&kinds), members, Origin::Stated);
    }
    for number in 0..2 + dice.below(5) {
        add(format!("derived_{number}"), dice.pick(&kinds), &[][..], Origin::Derived);
    }
    for number in 0..1 + dice.below(2) {
        add(format!("pilot_{number}"), Type::Flag, &[][..], Origin::Pilot);
    }
}

fn parameters(law: &mut Law, dice: &mut Dice) {
    for number in 0..3 + dice.below(5) {
        let kind = dice.pick(&[Type::Flag, Type::Count, Type::Money, Type::Ratio, Type::Ratio]);
        let fits = |(at, fact): (usize, &Fact)| {
            let plain = fact.members.is_empty() && fact.origin != Origin::Pilot;
            (matches!(fact.kind, Type::Code(_)) && plain).then_some(at)
        };
        let codes: Vec<usize> = law.facts.iter().enumerate().filter_map(fits).collect();
        let by = dice.percent(40).then(|| dice.pick(&codes));
        let codes = match by.map(|fact| law.facts[fact].kind) {
            Some(Type::Code(list)) => {
                law.near_codes(list).into_iter().filter(|_| dice.percent(75)).map(Some).collect()
            }
            _ => vec![None],
        };
        let mut from = dice.pick(&law.pools.days);
        let versions = (0..1 + dice.below(3)).map(|_| {
            let start = from;
            from = next_start(law, start, dice);
            let to = dice.percent(20).then(|| dice.between(start, from - 1));
            let values = codes.iter().map(|code| (*code, parameter_value(law, kind, dice))).collect();
            ParameterVersion { from: start, to, values }
        });
        let versions = versions.collect();
        law.parameters.push(Parameter { name: format!("number_{number}"), kind, by, versions });
    }
}

fn parameter_value(law: &Law, kind: Type, dice: &mut Dice) -> i64 {
    match kind {
        Type::Flag => dice.between(0, 1),
        Type::Count => dice.pick(&law.pools.counts).min(1_000_000),
        kind => dice.pick(law.pools.of(kind)),
    }
}

fn derivations(law: &mut Law, dice: &mut Dice) {
    for fact in 0..law.facts.len() {
        if law.facts[fact].origin != Origin::Derived {
            continue;
        }
        let readable = readable(law, &[], |other| law.facts[other].origin != Origin::Derived || other < fact);
        let depth = dice.below(4);
        let rule = Writer { law, dice, readable }.rule(law.facts[fact].kind, depth);
        let text = Printer { law, dice }.rule(&rule);
        law.derivations.push(Derivation { fact, rule, text });
    }
}

/// Facts that a text about members `members` may read.
fn readable(law: &Law, members: &[&str], fits: impl Fn(usize) -> bool) -> Vec<usize> {
    let of_members =
        |fact: &usize| law.facts[*fact].members.is_empty() || law.facts[*fact].members == members;
    let kind = |fact: &usize| law.facts[*fact].kind != Type::Office;
    (0..law.facts.len()).filter(|fact| fits(*fact)).filter(of_members).filter(kind).collect()
}

fn pilots(law: &mut Law, dice: &mut Dice) {
    for fact in 0..law.facts.len() {
        if law.facts[fact].origin != Origin::Pilot {
            continue;
        }
        for _ in 0..dice.below(4) {
            let (office, district) = (dice.pick(&OFFICES), dice.percent(35));
            let from = dice.pick(&law.pools.days) - 400;
            let to = dice.percent(60).then(|| next_start(law, from, dice) - 1);
            let office = if district { office / 100 * 100 } else { office };
            law.pilots.push(PilotOffice { fact, office, district, from, to });
        }
    }
}

pub const OFFICES: [i64; 8] = [0, 100, 2201, 2202, 2299, 2300, 3101, 9999];

fn measure(law: &Law, dice: &mut Dice) -> Measure {
    let pilots: Vec<usize> =
        (0..law.facts.len()).filter(|fact| law.facts[*fact].origin == Origin::Pilot).collect();
    let mut matters: Vec<usize> = (0..MATTERS.len()).filter(|_| dice.percent(70)).collect();
    if matters.is_empty() {
        matters.push(0);
    }
    let mut from = dice.pick(&law.pools.days) - dice.between(0, 6_000);
    let mut versions = Vec::new();
    let count = 1 + dice.below(3);
    for at in 0..count {
        let start = from;
        from = next_start(law, start, dice);
        let last = at + 1 == count;
        let to = (!last || dice.percent(30))
            .then(|| if dice.percent(70) { from - 1 } else { dice.between(start, from - 1) });
        versions.push(Version { from: start, to, conditions: conditions(law, dice) });
    }
    dice.shuffle(&mut versions);
    let pilot = dice.percent(35).then(|| dice.pick(&pilots));
    Measure { unit: dice.below(3), matters, pilot, versions }
}

fn conditions(law: &Law, dice: &mut Dice) -> Vec<super::law::Condition> {
    let one = |_| {
        let members = dice.pick(&[&[][..], &[][..], YEARS, SITES]);
        let depth = dice.below(5);
        let readable = readable(law, members, |_| true);
        Writer { law, dice, readable }.condition(depth)
    };
    (0..1 + (law.measures.len() + 1) % 3).map(one).collect()
}
