//! A synthetic population: an enterprise registry and declarations that reproduce the published figures.
//!
//! Every enterprise and every row is a function of the seed and its number, so that any range can be made by itself, on
//! any thread, with the same bytes. Calibrated to the published figures of the first quarter of 2024 (see
//! [`calibration`]): AEOs are 1.19 % of firms and 36.31 % of trade, and their mean inspection rate is 18.9 % of that of
//! regular enterprises. It looks like trade where the law looks; it says nothing about any real enterprise.

mod arrays;
pub mod calibration;
mod case;
mod enterprise;
mod fields;
mod files;
mod goods;
mod parquet;
mod random;
mod sources;
mod texts;

use std::ops::Range;
use std::sync::Arc;

use greenlane_engine::Engine;
use greenlane_policy::facts::ColumnId;
use greenlane_policy::matters::{Column, Matters};
use greenlane_policy::units::Fen;
use greenlane_terms::calendar::Day;

use self::case::{Case, Kind, World};
use self::fields::Fields;

pub use self::files::{FileFormat, PopulationError};

/// Declarations between two applications.
const DECLARATIONS_A_CYCLE: u64 = 128;
/// Applications there are at least: one of each kind.
const FEWEST_APPLICATIONS: u64 = 13;

/// How large a population is, and when it lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PopulationOptions {
    /// Another seed, another population.
    pub seed: u64,
    /// Enterprises in the registry, at least 100.
    pub enterprises: u32,
    /// Declarations.
    pub declarations: u64,
    /// Goods items of each declaration, as rows of their own; 0: one row is the declaration and its only item.
    pub items_per_declaration: u32,
    /// Day of the first declaration.
    pub first_day: Day,
    /// Day of the last declaration.
    pub last_day: Day,
}

/// What rows say about parties.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parties {
    /// Their facts, as if joined from the registry.
    Joined,
    /// Their numbers, to be joined from the registry; goods by their commodity code alone.
    IdsOnly,
}

/// A population for one pack.
#[derive(Clone, Debug)]
pub struct Population {
    world: World,
    facts: Arc<greenlane_policy::facts::FactTable>,
    joined: Fields,
    ids_only: Fields,
}

impl Population {
    /// A population whose rows state what the pack reads.
    #[must_use]
    pub fn new(engine: &Engine, options: PopulationOptions) -> Population {
        let world = World::new(&engine.pack, options);
        let joined = Fields::new(engine, &world, Parties::Joined);
        let ids_only = Fields::new(engine, &world, Parties::IdsOnly);
        Population { world, facts: Arc::new(engine.pack.facts.clone()), joined, ids_only }
    }

    /// The options it was made with.
    #[must_use]
    pub fn options(&self) -> &PopulationOptions {
        &self.world.options
    }

    /// Rows in all: declarations, their items, and one application after every 128 declarations (at least 13).
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.world.declaration_rows() + self.world.applications()
    }

    /// Some rows as matters; rows past the end are left out.
    #[must_use]
    pub fn matters(&self, rows: Range<u64>, parties: Parties) -> Matters {
        let rows = rows.start..rows.end.min(self.rows());
        let cases: Vec<Case> = rows.map(|row| self.world.case(row)).collect();
        let applications: Vec<usize> = cases
            .iter()
            .enumerate()
            .filter(|(_, case)| case.kind == Kind::Application)
            .map(|(row, _)| row)
            .collect();
        let fields = self.fields(parties);
        let mut columns = vec![Column::Absent; self.facts.columns.len()];
        for field in &fields.fields {
            columns[usize::from(field.column.0)] = field.column_of(&self.world, &cases, &applications);
        }
        Matters::new(cases.len(), columns)
    }

    /// Columns that rows may state, in the order of the files.
    #[must_use]
    pub fn columns(&self, parties: Parties) -> Vec<ColumnId> {
        self.fields(parties).fields.iter().map(|field| field.column).collect()
    }

    /// Value of the goods of a declaration (0 is the first): the "trade" of the published shares.
    #[must_use]
    pub fn trade_value(&self, declaration: u64) -> Fen {
        self.world.trade_value(declaration)
    }

    fn fields(&self, parties: Parties) -> &Fields {
        match parties {
            Parties::Joined => &self.joined,
            Parties::IdsOnly => &self.ids_only,
        }
    }
}

/// Rows of a population as matters with the facts of parties joined.
#[must_use]
pub fn matters(engine: &Engine, options: &PopulationOptions, rows: Range<u64>) -> Matters {
    Population::new(engine, options.clone()).matters(rows, Parties::Joined)
}
