//! Which facts rows state, and the value of each: column after column.

use greenlane_engine::Engine;
use greenlane_policy::facts::{ColumnId, FactSource, FactType};
use greenlane_policy::matters::{Bits, Column, Known, Texts};

use super::Parties;
use super::case::{Case, Kind, World, place};
use super::enterprise::{FACTS, Standing};
use super::random::{again, between, chance};
use super::sources::{Asked, STATED, Source, lane};
use super::texts;

/// Roles in the order of [`Case::parties`].
pub(super) const ROLES: [&str; 5] = ["consignee_consignor", "declarant", "end_user", "carrier", "applicant"];
const APPLICANT: usize = 4;
/// Facts that nobody reported, in parts of 1,000,000.
const UNKNOWN: u64 = 4_000;

/// The columns of one kind of file.
#[derive(Clone, Debug)]
pub(super) struct Fields {
    pub(super) fields: Vec<Field>,
}

/// One column.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) column: ColumnId,
    fact_type: FactType,
    /// Codes in its list.
    codes: usize,
    /// Whether it is about goods, so that a row without goods does not state it.
    is_of_item: bool,
    source: Source,
}

impl Fields {
    pub(super) fn new(engine: &Engine, world: &World, parties: Parties) -> Fields {
        let pack = &engine.pack;
        let mut fields = Vec::new();
        let mut add = |name: &str, source: Source| {
            if let Some(column) = pack.facts.column(name) {
                let fact_type = pack.facts.info(column).fact_type;
                let codes = match fact_type {
                    FactType::Code(list) => pack.facts.code_list(list).codes.len(),
                    _ => 0,
                };
                let is_of_item = pack.facts.fact_of(column).source == FactSource::Item;
                fields.push(Field { column, fact_type, codes, is_of_item, source });
            }
        };
        for (name, source) in STATED {
            add(name, if name == "lane" { lane(pack) } else { source });
        }
        add("tax_short", Source::Asked(Asked::Money(0, 200_000_000)));
        add("tax_due", Source::Asked(Asked::Money(100_000_000, 900_000_000)));
        for member in ["y1", "y2", "y3", "y4", "y5", "last_month"] {
            add(&format!("debt_ratio_excellent[{member}]"), Source::Excellent { is_debt: true });
            add(&format!("cash_ratio_excellent[{member}]"), Source::Excellent { is_debt: false });
        }
        for (role, name) in ROLES.iter().enumerate() {
            add(&format!("{name}_id"), Source::Party(role));
        }
        if parties == Parties::IdsOnly {
            return Fields { fields };
        }
        for (column, members) in &world.classes {
            add(&pack.facts.info(*column).name, Source::Class(*members));
        }
        for (role, role_name) in ROLES.iter().enumerate() {
            for (fact, fact_name) in FACTS.iter().enumerate() {
                let name = format!("{role_name}_{fact_name}");
                let column = pack.facts.column(&name);
                let is_read = column.is_some_and(|column| engine.program.columns_read().contains(&column));
                match *fact_name {
                    "industry" if role == APPLICANT => add(&name, Source::Industry(role)),
                    _ if is_read => add(&name, Source::PartyFact(role, fact)),
                    _ => {}
                }
            }
        }
        Fields { fields }
    }
}

impl Field {
    /// The column over some rows.
    pub(super) fn column_of(&self, world: &World, cases: &[Case], applications: &[usize]) -> Column {
        if self.fact_type == FactType::Id {
            return self.texts(world, cases);
        }
        let rows = cases.len();
        let mut known = Bits::filled(rows, false);
        let mut count = 0;
        let mut numbers = vec![0i64; rows];
        let mut state = |row: usize| {
            if let Some(value) = self.value(world, &cases[row]) {
                numbers[row] = value;
                known.set(row, true);
                count += 1;
            }
        };
        match self.is_of_applications() {
            true => applications.iter().for_each(|row| state(*row)),
            false => (0..rows).for_each(state),
        }
        if count == 0 {
            return Column::Absent;
        }
        let known = if count == rows { Known::All } else { Known::Some(known) };
        let small = |value: i64| i32::try_from(value).unwrap_or(0);
        match self.fact_type {
            FactType::Flag => {
                let mut truth = Bits::filled(rows, false);
                numbers
                    .iter()
                    .enumerate()
                    .filter(|(_, flag)| **flag != 0)
                    .for_each(|(row, _)| truth.set(row, true));
                Column::Flag { truth, known }
            }
            FactType::Code(_) => Column::Code {
                values: numbers.into_iter().map(|code| u8::try_from(code).unwrap_or(0)).collect(),
                known,
            },
            FactType::Money => Column::Large { values: numbers, known },
            _ => Column::Small { values: numbers.into_iter().map(small).collect(), known },
        }
    }

    /// Whether no other row states it.
    fn is_of_applications(&self) -> bool {
        matches!(self.source, Source::Asked(_) | Source::Excellent { .. } | Source::PartyFact(APPLICANT, _))
    }

    fn texts(&self, world: &World, cases: &[Case]) -> Column {
        let rows = cases.len();
        let (mut values, mut known, mut count) = (Texts::default(), Bits::filled(rows, false), 0);
        let mut text = String::new();
        for (row, case) in cases.iter().enumerate() {
            text.clear();
            match self.source {
                Source::MatterId => texts::matter_id(case, &mut text),
                Source::HsCode => texts::hs_code(case, &mut text),
                Source::LotId => texts::lot_id(case, &mut text),
                Source::Party(role) => texts::party(world, case, role, &mut text),
                Source::Industry(role) => {
                    let known = case.parties[role].filter(|party| *party < world.enterprises.count);
                    text.push_str(known.map_or("", |party| world.enterprises.industry(party)));
                }
                _ => {}
            }
            values.push(&text);
            if !text.is_empty() {
                known.set(row, true);
                count += 1;
            }
        }
        match count {
            0 => Column::Absent,
            _ if count == rows => Column::Text { values, known: Known::All },
            _ => Column::Text { values, known: Known::Some(known) },
        }
    }

    fn value(&self, world: &World, case: &Case) -> Option<i64> {
        let salt = 1_000 + u64::from(self.column.0);
        let is_application = case.kind == Kind::Application;
        match self.source {
            Source::Matter => Some(case.matter),
            Source::DecidedOn => Some(i64::from(case.day.0)),
            Source::Unit => {
                world.units[match case.kind {
                    Kind::Declaration => 0,
                    Kind::Item(_) => 1,
                    Kind::Application if case.is_task => 0,
                    Kind::Application => 2,
                    Kind::Single => 3,
                }]
            }
            Source::Office => Some(i64::from(case.office)),
            Source::Lane { .. } if is_application => None,
            Source::Lane { ordinary, certified, elevated, dishonest } => {
                let is_new = case.day >= super::enterprise::NEW_LEVELS;
                Some(match world.standing(case) {
                    Standing::Dishonest | Standing::SeriouslyDishonest => dishonest,
                    Standing::Certified if is_new => certified,
                    Standing::Advanced if chance(again(case.dice, salt), 10_000) => elevated,
                    Standing::Advanced => ordinary,
                    _ if chance(again(case.dice, salt), 25_000) => elevated,
                    _ => ordinary,
                })
            }
            Source::PartyFact(role, fact) => world.enterprises.fact(fact, case.parties[role]?, case.day),
            Source::Class(_) if !has_goods(case) => None,
            Source::Class(members) => Some(i64::from(members >> case.goods & 1 == 1)),
            Source::LotFirst => case.lot.map(|(_, first)| i64::from(first)),
            Source::Flag(_) | Source::Mandatory(_) | Source::AnyCode if unknown(case, salt) => None,
            Source::Flag(parts) => {
                // Who asks for a measure mostly has the goods for it.
                let parts = if is_application { parts.max(600_000) } else { parts };
                let dice = if self.is_of_item { case.item_dice } else { case.dice };
                (!self.is_of_item || has_goods(case)).then(|| i64::from(chance(again(dice, salt), parts)))
            }
            Source::Mandatory(parts) => {
                (!is_application).then(|| i64::from(chance(again(case.dice, salt), parts)))
            }
            Source::AnyCode => (!is_application).then(|| code(again(case.dice, salt), self.codes)),
            Source::Asked(_) | Source::Excellent { .. } if !is_application || unknown(case, salt) => None,
            Source::Asked(asked) => Some(asked_value(asked, case, again(case.dice, salt), self.codes)),
            Source::Excellent { is_debt } => Some(if is_debt { 4_860 } else { 2_380 }),
            Source::MatterId | Source::Party(_) | Source::Industry(_) | Source::HsCode | Source::LotId => {
                None
            }
        }
    }
}

fn code(dice: u64, codes: usize) -> i64 {
    i64::try_from(place(dice, codes.max(1))).unwrap_or(0)
}

/// Rows that state goods: items, declarations with their only item, and applications about goods.
fn has_goods(case: &Case) -> bool {
    !matches!(case.kind, Kind::Declaration)
}

fn unknown(case: &Case, salt: u64) -> bool {
    chance(again(case.dice, salt + 5_000), UNKNOWN)
}

fn asked_value(asked: Asked, case: &Case, dice: u64, codes: usize) -> i64 {
    let day = i64::from(case.day.0);
    match asked {
        Asked::Flag(parts) => i64::from(chance(dice, parts)),
        Asked::Code => code(dice, codes),
        Asked::DaysBefore(least, most) => day - between(dice, least, most),
        Asked::DaysAfter(least, most) => day + between(dice, least, most),
        Asked::Money(least, most) => between(dice, least, most),
    }
}
