//! One row before it is written down: which declaration or application, who takes part, what goods, which lot.

use greenlane_policy::facts::{ColumnId, FactType};
use greenlane_policy::pack::Pack;
use greenlane_policy::units::Fen;
use greenlane_terms::calendar::Day;

use super::enterprise::{Enterprises, Levels, Standing};
use super::goods::{self, CODES};
use super::random::{Stream, again, below, between, chance, number, skewed};
use super::{DECLARATIONS_A_CYCLE, FEWEST_APPLICATIONS, PopulationOptions};

/// AEOs' share of declarations, in parts of 1,000,000: 36.31 % of trade, published for the first quarter of 2024.
pub(super) const AEO_TRADE: u64 = 363_100;
/// Parties that no registry knows, in parts of 1,000,000.
const UNKNOWN_PARTY: u64 = 4_000;
/// Declarations in which lots are planned: 4 of them share a lot.
const LOT_CYCLE: u64 = 512;
const OFFICES: [u16; 24] = [
    101, 105, 202, 203, 1810, 2201, 2202, 2218, 2225, 2233, 2244, 2248, 2301, 2304, 3101, 3104, 3501, 3710,
    4227, 5141, 5165, 5301, 5304, 5316,
];

/// Where rows come from.
#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) options: PopulationOptions,
    pub(super) enterprises: Enterprises,
    /// Codes of matters: import, export, then every other one.
    pub(super) matters: Vec<i64>,
    /// Codes of units: declaration, item, application, single.
    pub(super) units: [Option<i64>; 4],
    offices: Vec<u16>,
    /// Offices of the pilots, where most applications are made.
    pilot_offices: Vec<u16>,
    /// Matters that concern a declaration although they are no declaration.
    tasks: Vec<i64>,
    pub(super) classes: Vec<(ColumnId, u64)>,
    /// First days of the calendar years after the first one.
    new_years: Vec<Day>,
    first_year: i16,
}

/// What a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Declaration,
    /// Item 1, 2, …
    Item(u32),
    Single,
    Application,
}

/// One row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Case {
    pub(super) kind: Kind,
    /// Code of the matter.
    pub(super) matter: i64,
    /// Number of the declaration or of the application, from 0.
    pub(super) number: u64,
    pub(super) dice: u64,
    pub(super) item_dice: u64,
    pub(super) day: Day,
    pub(super) year: i16,
    pub(super) office: u16,
    pub(super) is_import: bool,
    pub(super) is_task: bool,
    /// A place in [`CODES`].
    pub(super) goods: usize,
    /// The lot of the goods, and whether this is its first declaration.
    pub(super) lot: Option<(u64, bool)>,
    /// Consignee or consignor, declarant, end user, carrier, applicant.
    pub(super) parties: [Option<u64>; 5],
}

impl World {
    pub(super) fn new(pack: &Pack, options: PopulationOptions) -> World {
        let options = PopulationOptions { enterprises: options.enterprises.max(100), ..options };
        let code = |list: &str, name: &str| {
            let list = pack.facts.code_list_named(list)?;
            pack.facts.code_list(list).position(name).map(i64::from)
        };
        let level = |name| code("credit_level", name);
        let levels = Levels {
            advanced: level("advanced"),
            certified: level("certified"),
            regular: level("regular"),
            dishonest: level("dishonest"),
            seriously_dishonest: level("seriously_dishonest"),
        };
        let mut matters = vec![0, 1];
        if let FactType::Code(list) = pack.facts.info(pack.core.matter).fact_type {
            let all = &pack.facts.code_list(list).codes;
            let place = |name: &str| {
                all.iter().position(|(other, _)| other == name).and_then(|at| i64::try_from(at).ok())
            };
            matters = ["import_declaration", "export_declaration"].into_iter().filter_map(place).collect();
            let others = all.iter().filter(|(name, _)| !name.ends_with("_declaration"));
            matters.extend(others.filter_map(|(name, _)| place(name)));
        }
        let mut offices: Vec<u16> = OFFICES.to_vec();
        let pilots = pack.pilots.iter().flat_map(|pilot| &pilot.offices).map(|listed| listed.first.max(1));
        let pilot_offices: Vec<u16> = pilots.collect();
        offices.extend(&pilot_offices);
        offices.sort_unstable();
        offices.dedup();
        let tasks = ["amendment", "port_inspection", "local_inspection", "sampling"];
        let (seed, count) = (options.seed, u64::from(options.enterprises));
        World {
            enterprises: Enterprises { seed, count, levels, first_day: options.first_day },
            matters,
            units: ["declaration", "item", "application", "single"].map(|name| code("unit", name)),
            offices,
            pilot_offices,
            tasks: tasks.into_iter().filter_map(|name| code("matter", name)).collect(),
            classes: goods::classes(pack),
            new_years: new_years(&options),
            first_year: options.first_day.year(),
            options,
        }
    }

    fn rows_each(&self) -> u64 {
        1 + u64::from(self.options.items_per_declaration)
    }

    pub(super) fn declaration_rows(&self) -> u64 {
        self.options.declarations * self.rows_each()
    }

    pub(super) fn applications(&self) -> u64 {
        (self.options.declarations / DECLARATIONS_A_CYCLE).max(FEWEST_APPLICATIONS)
    }

    /// The row of that number: cycles of declarations with one application, then whatever is left.
    pub(super) fn case(&self, row: u64) -> Case {
        let cycle = DECLARATIONS_A_CYCLE * self.rows_each() + 1;
        let cycles = self.options.declarations / DECLARATIONS_A_CYCLE;
        let (at, within) = (row / cycle, row % cycle);
        if at < cycles && within == cycle - 1 {
            return self.application(at);
        }
        let place = row - at.min(cycles);
        if place >= self.declaration_rows() {
            return self.application(cycles + place - self.declaration_rows());
        }
        self.declaration(place / self.rows_each(), place % self.rows_each())
    }

    fn declaration(&self, declaration: u64, part: u64) -> Case {
        let seed = self.options.seed;
        let dice = number(seed, Stream::Declaration, declaration);
        let (lot, slot) = (declaration / LOT_CYCLE, declaration % LOT_CYCLE);
        let in_lot = slot < 16 && slot.is_multiple_of(4);
        let lot_dice = number(seed, Stream::Lot, lot);
        let is_import = !in_lot && chance(again(dice, 1), 480_000);
        let consignee = self.trader(again(if in_lot { lot_dice } else { dice }, 2));
        let kind = match (self.options.items_per_declaration, part) {
            (0, _) => Kind::Single,
            (_, 0) => Kind::Declaration,
            (_, item) => Kind::Item(u32::try_from(item).unwrap_or(u32::MAX)),
        };
        let item_dice = again(number(seed, Stream::Item, declaration), part);
        let carries_lot = in_lot && matches!(kind, Kind::Single | Kind::Item(1));
        let goods = if carries_lot {
            goods::HAZARDOUS[place(lot_dice, goods::HAZARDOUS.len())]
        } else {
            goods_of(item_dice)
        };
        let day = self.day(declaration, self.options.declarations);
        Case {
            kind,
            matter: self.matters.get(usize::from(!is_import)).copied().unwrap_or(0),
            number: declaration,
            dice,
            item_dice,
            day,
            year: self.year(day),
            office: self.office(again(dice, 3)),
            is_import,
            is_task: false,
            goods,
            lot: carries_lot.then_some((lot, slot == 0)),
            parties: self.parties(dice, consignee, None),
        }
    }

    fn application(&self, application: u64) -> Case {
        let dice = number(self.options.seed, Stream::Application, application);
        let kinds = &self.matters[2.min(self.matters.len())..];
        let matter =
            kinds.get(usize::try_from(application % kinds.len().max(1) as u64).unwrap_or(0)).copied();
        // An application comes from an AEO more often than trade does: the measures are for them.
        let aeo = self.enterprises.aeo();
        let applicant = if chance(again(dice, 4), 700_000) {
            skewed(again(dice, 5), aeo)
        } else {
            self.trader(again(dice, 5))
        };
        let matter = matter.unwrap_or(0);
        let is_task = self.tasks.contains(&matter);
        let day = self.day(application, self.applications());
        Case {
            kind: Kind::Application,
            matter,
            number: application,
            dice,
            item_dice: again(dice, 6),
            day,
            year: self.year(day),
            office: self.application_office(again(dice, 3)),
            is_import: chance(again(dice, 1), 500_000),
            is_task,
            goods: goods::SPECIAL + place(again(dice, 7), CODES.len() - goods::SPECIAL),
            lot: None,
            parties: self.parties(dice, self.trader(again(dice, 2)), Some(applicant)),
        }
    }

    /// Declarations come in the order of their days.
    fn day(&self, number: u64, count: u64) -> Day {
        let (first, last) = (self.options.first_day, self.options.last_day.max(self.options.first_day));
        let days = u64::try_from(last.0 - first.0 + 1).unwrap_or(1);
        let passed = u128::from(number) * u128::from(days) / u128::from(count.max(1));
        first.plus_days(i32::try_from(passed).unwrap_or(0))
    }

    fn year(&self, day: Day) -> i16 {
        let passed = self.new_years.partition_point(|first| *first <= day);
        self.first_year + i16::try_from(passed).unwrap_or(0)
    }

    fn office(&self, dice: u64) -> u16 {
        self.offices[place(dice, self.offices.len())]
    }

    fn application_office(&self, dice: u64) -> u16 {
        match self.pilot_offices.is_empty() || chance(dice, 400_000) {
            true => self.office(again(dice, 1)),
            false => self.pilot_offices[place(again(dice, 1), self.pilot_offices.len())],
        }
    }

    /// Somebody who trades: AEOs by their share of trade, others evenly with the large ones first.
    fn trader(&self, dice: u64) -> u64 {
        let aeo = self.enterprises.aeo();
        match chance(dice, AEO_TRADE) {
            true => skewed(again(dice, 1), aeo),
            false => aeo + skewed(again(dice, 1), self.enterprises.count - aeo),
        }
    }

    fn parties(&self, dice: u64, consignee: u64, applicant: Option<u64>) -> [Option<u64>; 5] {
        let other = |salt: u64, same: u64| {
            let dice = again(dice, salt);
            if chance(again(dice, 1), UNKNOWN_PARTY) {
                // A number that nobody registered.
                return self.enterprises.count + below(dice, 1_000_000);
            }
            if chance(again(dice, 2), same) { consignee } else { self.trader(again(dice, 3)) }
        };
        let carrier = chance(again(dice, 20), 600_000).then(|| other(21, 0));
        [Some(consignee), Some(other(22, 150_000)), Some(other(23, 700_000)), carrier, applicant]
    }

    pub(super) fn standing(&self, case: &Case) -> Standing {
        let consignee = case.parties[0].unwrap_or(0);
        self.enterprises.standing(consignee)
    }

    /// Values of goods from 1,000 to about 4,000,000 CNY, the same for all enterprises: who trades more declares more.
    pub(super) fn trade_value(&self, declaration: u64) -> Fen {
        let dice = number(self.options.seed, Stream::Value, declaration);
        Fen(between(again(dice, 1), 100_000, 200_000) << below(dice, 12))
    }
}

fn new_years(options: &PopulationOptions) -> Vec<Day> {
    let years = options.first_day.year()..options.last_day.year();
    years.filter_map(|year| Day::parse(&format!("{:04}-01-01", year + 1))).collect()
}

fn goods_of(dice: u64) -> usize {
    let special = chance(again(dice, 1), 180_000);
    match special {
        true => goods::SPECIAL + place(dice, CODES.len() - goods::SPECIAL),
        false => place(dice, goods::SPECIAL),
    }
}

/// A place in a list of `length`.
pub(super) fn place(dice: u64, length: usize) -> usize {
    usize::try_from(below(dice, length as u64)).unwrap_or(0)
}
