//! Draws counted: how many were made and how many selected, by month, office, stage, goods class, level and measures; and the
//! alarms that the counts have raised.
//!
//! The log is read once from its beginning to its end, some entries at a time; the counts and how far they have come are
//! written in one transaction, so that every entry counts once, whichever server counts it.

use std::collections::BTreeMap;

use greenlane_database::log::{AddToLog, Added, Addition, read};
use greenlane_database::rows::{Column, insert, office, office_list};
use greenlane_database::{StoreError, Tx, inside, reading, row};
use greenlane_ledger::{Entry, Kind};
use greenlane_selection::DrawCounts;
use greenlane_terms::numbers::EntryNumber;
use greenlane_terms::{Office, RateStage};

use crate::store::Store;

/// What draws are counted by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RateKey {
    /// Month of the matter: year × 12 + month − 1.
    pub month: i32,
    /// Customs office.
    pub office: Office,
    /// What was drawn for.
    pub stage: RateStage,
    /// Goods class, such as `food`; empty if it is none of those that are told apart.
    pub class: String,
    /// Level of the enterprises, such as `advanced` or `regular`; empty if unknown.
    pub level: String,
    /// Ids of the watched measures that were granted, joined by commas.
    pub measures: String,
}

/// Decisions to be counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Uncounted {
    /// Where counting stands.
    pub from: u64,
    /// Where it goes on after them.
    pub next: u64,
    /// First decisions of their matters.
    pub decisions: Vec<(EntryNumber, Entry)>,
}

/// Which counts, or which alarms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RateFilter {
    /// Of these customs offices; `None`: all, and for alarms also those of all offices together.
    pub offices: Option<Vec<Office>>,
    /// Of this year of the matters.
    pub year: Option<i32>,
}

/// Something that the counts say is not as the law has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateAlarm {
    /// What names it: it is raised once.
    pub name: String,
    /// Year of the matters.
    pub year: i32,
    /// `None`: all offices together.
    pub office: Option<Office>,
    /// What the entry of the log says, JSON.
    pub body: Vec<u8>,
}

row! {
    struct TallyRow {
        month: i32,
        office: i32,
        stage: i16,
        class: String,
        level: String,
        measures: String,
        trials: i64,
        selected: i64,
        expected: i64,
        always: i64,
        ordered: i64,
        never: i64,
        impossible: i64,
    }
}

const COUNT: &str = "INSERT INTO rate_tally (month, office, stage, class, level, measures, trials, selected, expected, \
                     always, ordered, never, impossible)";
const ADD: &str = " ON CONFLICT (month, office, stage, class, level, measures) DO UPDATE SET \
                   trials = rate_tally.trials + excluded.trials, \
                   selected = rate_tally.selected + excluded.selected, \
                   expected = rate_tally.expected + excluded.expected, \
                   always = rate_tally.always + excluded.always, \
                   ordered = rate_tally.ordered + excluded.ordered, \
                   never = rate_tally.never + excluded.never, \
                   impossible = rate_tally.impossible + excluded.impossible";

impl Store {
    /// The next decisions that have not been counted, of at most so many entries, and only the first one of each matter: a
    /// matter that is decided again has the same draw.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn uncounted(&self, limit: u32) -> Result<Uncounted, StoreError> {
        self.first_decisions(self.counted().await?, limit).await
    }

    /// Decisions among so many entries from one on, only the first one of each matter.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn first_decisions(&self, from: u64, limit: u32) -> Result<Uncounted, StoreError> {
        let (next, decisions) = read::first_decisions(&self.database, from, limit).await?;
        Ok(Uncounted { from, next, decisions })
    }

    /// How many entries have been counted.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn counted(&self) -> Result<u64, StoreError> {
        let sql = "SELECT next_entry FROM rate_turn WHERE one = 1";
        let next: i64 = reading!(&self.database, db => sqlx::query_scalar(sql).fetch_one(db).await?);
        Ok(next.cast_unsigned())
    }

    /// Adds counts of the entries `from .. next` and goes on after them; false if another server has counted these entries
    /// meanwhile: then nothing was added.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn count_rates(
        &self,
        (from, next): (u64, u64),
        counts: &BTreeMap<RateKey, DrawCounts>,
    ) -> Result<bool, StoreError> {
        let mut tx = self.database.begin().await?;
        let sql = "UPDATE rate_turn SET next_entry = $1 WHERE one = 1 AND next_entry = $2";
        let moved = inside!(&mut tx, c => {
            let query = sqlx::query(sql).bind(next.cast_signed()).bind(from.cast_signed());
            query.execute(c).await?.rows_affected()
        });
        if moved == 0 {
            return Ok(false);
        }
        insert(&mut tx, COUNT, &columns(counts), ADD).await?;
        if let Tx::Postgres(tx) = &mut tx {
            // What a crash takes is counted again, from where `rate_turn` then stands: nobody waits for the disk.
            sqlx::query("SET LOCAL synchronous_commit = off").execute(&mut **tx).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Counts, month by month.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn rates(&self, filter: &RateFilter) -> Result<BTreeMap<RateKey, DrawCounts>, StoreError> {
        let sql = self.database.of(
            "SELECT month, office, stage, class, level, measures, trials, selected, expected, always, ordered, never, \
             impossible FROM rate_tally \
             WHERE month >= $1 AND month < $2 AND ($3 IS NULL OR office IN (SELECT value FROM json_each($3)))",
            "SELECT month, office, stage, class, level, measures, trials, selected, expected, always, ordered, never, \
             impossible FROM rate_tally WHERE month >= $1 AND month < $2 \
             AND ($3::json IS NULL OR office IN (SELECT json_array_elements_text($3::json)::integer))",
        );
        let (from, to) = filter.year.map_or((i32::MIN, i32::MAX), |year| (year * 12, year * 12 + 12));
        let offices = office_list(filter.offices.as_deref())?;
        let rows: Vec<TallyRow> = reading!(&self.database, db => {
            sqlx::query_as(sql).bind(from).bind(to).bind(offices).fetch_all(db).await?
        });
        rows.into_iter().map(TallyRow::counted).collect()
    }

    /// Raises alarms, those that were never raised: each becomes an entry of the log. How many were new.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn raise_alarms(&self, alarms: &[RateAlarm], at_us: i64) -> Result<usize, StoreError> {
        let mut tx = self.database.begin().await?;
        // Whoever holds the turn raises alone.
        let turn = "UPDATE rate_turn SET next_entry = next_entry WHERE one = 1";
        inside!(&mut tx, c => sqlx::query(turn).execute(c).await?.rows_affected());
        let mut new = Vec::new();
        for alarm in alarms {
            if !is_raised(&mut tx, &alarm.name).await? {
                new.push(alarm);
            }
        }
        if new.is_empty() {
            return Ok(0);
        }
        let entry = |alarm: &&RateAlarm| {
            let (subject, body) = (format!("alarm/{}", alarm.name), alarm.body.clone());
            Entry { kind: Kind::Alarm, at_us, subject, body }
        };
        let addition = Addition { entries: new.iter().map(entry).collect(), ..Addition::default() };
        let added = inside!(&mut tx, c => c.add_to_log(&[addition], at_us).await?);
        let Some(Added::New { first }) = added.first().copied() else {
            return Err(StoreError::damaged("alarms without a request were refused"));
        };
        note_alarms(&mut tx, &new, first).await?;
        tx.commit().await?;
        Ok(new.len())
    }

    /// Entries of alarms before an entry, the latest first.
    ///
    /// # Errors
    /// The database refuses or is damaged.
    pub async fn alarms(
        &self,
        filter: &RateFilter,
        before: Option<EntryNumber>,
        limit: u32,
    ) -> Result<Vec<(EntryNumber, Entry)>, StoreError> {
        let sql = self.database.of(
            "SELECT entry FROM rate_alarm WHERE ($1 IS NULL OR year = $1) AND entry < $2 \
             AND ($3 IS NULL OR office IN (SELECT value FROM json_each($3))) ORDER BY entry DESC LIMIT $4",
            "SELECT entry FROM rate_alarm WHERE ($1::integer IS NULL OR year = $1) AND entry < $2 \
             AND ($3::json IS NULL OR office IN (SELECT json_array_elements_text($3::json)::integer)) \
             ORDER BY entry DESC LIMIT $4",
        );
        let before = before.map_or(i64::MAX, EntryNumber::cast_signed);
        let offices = office_list(filter.offices.as_deref())?;
        let found: Vec<i64> = reading!(&self.database, db => {
            let query = sqlx::query_scalar(sql).bind(filter.year).bind(before).bind(offices).bind(i64::from(limit));
            query.fetch_all(db).await?
        });
        let mut alarms = Vec::with_capacity(found.len());
        for entry in found {
            let found = read::entries(&self.database, entry.cast_unsigned(), 1).await?.pop();
            let missing = || StoreError::damaged(format!("entry {entry} of an alarm is not in the log"));
            alarms.push(found.ok_or_else(missing)?);
        }
        Ok(alarms)
    }
}

/// Keeps the names of alarms whose entries begin at `first`.
async fn note_alarms(tx: &mut Tx, new: &[&RateAlarm], first: u64) -> Result<(), StoreError> {
    let entries = new.iter().zip(first.cast_signed()..).map(|(_, entry)| entry);
    let columns = [
        Column::Texts(new.iter().map(|alarm| alarm.name.as_str()).collect()),
        Column::Numbers(new.iter().map(|alarm| i64::from(alarm.year)).collect()),
        Column::PerhapsNumbers(new.iter().map(|alarm| alarm.office.map(i64::from)).collect()),
        Column::Numbers(entries.collect()),
    ];
    insert(tx, "INSERT INTO rate_alarm (name, year, office, entry)", &columns, "").await?;
    Ok(())
}

async fn is_raised(tx: &mut Tx, name: &str) -> Result<bool, StoreError> {
    let sql = "SELECT COUNT(*) FROM rate_alarm WHERE name = $1";
    let found: i64 = inside!(tx, c => sqlx::query_scalar(sql).bind(name).fetch_one(c).await?);
    Ok(found > 0)
}

fn columns(counts: &BTreeMap<RateKey, DrawCounts>) -> [Column<'_>; 13] {
    let keys = |of: fn(&RateKey) -> i64| Column::Numbers(counts.keys().map(of).collect());
    let texts = |of: fn(&RateKey) -> &str| Column::Texts(counts.keys().map(of).collect());
    let sums = |of: fn(&DrawCounts) -> u64| {
        Column::Numbers(counts.values().map(|count| of(count).cast_signed()).collect())
    };
    [
        keys(|key| i64::from(key.month)),
        keys(|key| i64::from(key.office)),
        keys(|key| stage_number(key.stage)),
        texts(|key| &key.class),
        texts(|key| &key.level),
        texts(|key| &key.measures),
        sums(|count| count.trials),
        sums(|count| count.selected),
        sums(|count| count.expected),
        sums(|count| count.always),
        sums(|count| count.ordered),
        sums(|count| count.never),
        sums(|count| count.impossible),
    ]
}

/// As the table `tally` has it.
const fn stage_number(stage: RateStage) -> i64 {
    match stage {
        RateStage::Inspection => 1,
        RateStage::Sampling => 2,
    }
}

impl TallyRow {
    fn counted(self) -> Result<(RateKey, DrawCounts), StoreError> {
        let damaged = || StoreError::damaged(format!("counts of no office {}", self.office));
        let office = office(self.office, damaged)?;
        let stage = RateStage::ALL.into_iter().find(|stage| stage_number(*stage) == i64::from(self.stage));
        let stage = stage.ok_or_else(|| StoreError::damaged(format!("counts of no stage {}", self.stage)))?;
        let TallyRow { month, class, level, measures, .. } = self;
        let count = DrawCounts {
            trials: self.trials.cast_unsigned(),
            selected: self.selected.cast_unsigned(),
            expected: self.expected.cast_unsigned(),
            always: self.always.cast_unsigned(),
            ordered: self.ordered.cast_unsigned(),
            never: self.never.cast_unsigned(),
            impossible: self.impossible.cast_unsigned(),
        };
        Ok((RateKey { month, office, stage, class, level, measures }, count))
    }
}
