//! Moves of packs in the database: the row, the move and the entry of the log in one transaction.

use greenlane_casework::{
    Approval, Mover, PackBody, PackMoved, Release, ReleaseFault, ReleaseMove, ReleaseState, ReleaseStep,
    check_release,
};
use greenlane_database::log::append::signed;
use greenlane_database::log::{AddToLog, Added, Addition};
use greenlane_database::{Database, StoreError, reading, writing};
use greenlane_ledger::{Entry, Kind};
use greenlane_policy::load::PackFiles;
use greenlane_terms::calendar::Day;
use greenlane_terms::numbers::{EntryNumber, PackNumber};
use sqlx::{PgConnection, SqliteConnection};

use super::ReleaseError;

/// One row of the table `pack_release`: number, identifier, hash, state, first day.
type ReleaseRow = (i64, String, String, String, Option<i32>);

/// One row of the table `pack_move`: number, entry, state, person, time, reason, first day.
type MoveRow = (i64, i64, String, String, i64, Option<String>, Option<i32>);

/// Makes a pack the first law of a database that has none; `false` if it has one.
pub(crate) async fn first(
    database: &Database,
    files: &PackFiles,
    id: &str,
    by: &Mover,
) -> Result<bool, StoreError> {
    if !approvals(database).await?.is_empty() {
        return Ok(false);
    }
    let number = super::keep(database, files).await?;
    let release = new_release(number, id, files);
    Ok(writing!(database, tx => {
        tx.lock().await?;
        // Of several servers that start at once the first one's pack counts.
        let first = tx.approvals().await?.is_empty();
        if first {
            tx.add(&release).await?;
            go(&mut *tx, &release, ReleaseState::Approved, Some(by.today), by).await?;
        }
        first
    }))
}

/// Adds a pack, or one that was rejected or withdrawn once more; `false` if it was on its way already.
pub(crate) async fn upload(
    database: &Database,
    files: &PackFiles,
    id: &str,
    by: &Mover,
) -> Result<(PackNumber, bool), StoreError> {
    let number = super::keep(database, files).await?;
    let release = new_release(number, id, files);
    let comes = writing!(database, tx => {
        tx.lock().await?;
        let comes = match tx.release(number).await? {
            None => {
                tx.add(&release).await?;
                true
            }
            Some(found) => matches!(found.state, ReleaseState::Rejected | ReleaseState::Withdrawn),
        };
        if comes {
            go(&mut *tx, &release, ReleaseState::Uploaded, None, by).await?;
        }
        comes
    });
    Ok((number, comes))
}

/// Takes a step with a pack.
pub(crate) async fn step(
    database: &Database,
    number: PackNumber,
    step: ReleaseStep,
    by: &Mover,
) -> Result<(), ReleaseError> {
    writing!(database, tx => {
        tx.lock().await?;
        let release = tx.release(number).await?.ok_or(ReleaseFault::NoSuchPack { number })?;
        let mut others = tx.approvals().await?;
        others.retain(|other| other.number != number);
        check_release(&release, step, by, &others)?;
        let state = step.state_of(&release, by.today);
        let from = match step {
            ReleaseStep::Approve { from } => Some(from),
            _ => release.from.filter(|_| state.is_law()),
        };
        go(&mut *tx, &release, state, from, by).await?;
    });
    Ok(())
}

/// Approved packs.
pub(crate) async fn approvals(database: &Database) -> Result<Vec<Approval>, StoreError> {
    let rows = reading!(database, db => sqlx::query_as(APPROVED).fetch_all(db).await?);
    rows.into_iter().map(approval_of).collect()
}

/// Packs with a number below `before`, the latest first.
pub(crate) async fn releases(
    database: &Database,
    before: Option<PackNumber>,
    limit: u32,
    only_law: bool,
) -> Result<Vec<Release>, StoreError> {
    let before = before.map_or(i64::MAX, |before| signed(before.get()));
    let was_law = match only_law {
        true => {
            "AND EXISTS (SELECT 1 FROM pack_move AS m WHERE m.number = r.number AND m.state = 'approved')"
        }
        false => "",
    };
    let sql = format!(
        "SELECT number, id, hash, state, active_from FROM pack_release AS r \
         WHERE number < $1 {was_law} ORDER BY number DESC LIMIT $2"
    );
    let rows: Vec<ReleaseRow> = reading!(database, db => {
        sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(before).bind(i64::from(limit)).fetch_all(db).await?
    });
    let Some(lowest) = rows.last().map(|row| row.0) else { return Ok(Vec::new()) };
    let sql = "SELECT number, entry, state, person, at_us, reason, active_from FROM pack_move \
               WHERE number >= $1 AND number < $2 ORDER BY entry";
    let moves: Vec<MoveRow> = reading!(database, db => {
        sqlx::query_as(sql).bind(lowest).bind(before).fetch_all(db).await?
    });
    rows.into_iter().map(|row| release_of(row, &moves)).collect()
}

/// What a transaction does with the two tables.
trait ReleaseRows: AddToLog {
    /// Nobody else moves a pack before the transaction ends.
    async fn lock(&mut self) -> Result<(), StoreError>;

    /// A pack with its moves.
    async fn release(&mut self, number: PackNumber) -> Result<Option<Release>, StoreError>;

    /// Approved packs.
    async fn approvals(&mut self) -> Result<Vec<Approval>, StoreError>;

    /// Adds the row of a pack.
    async fn add(&mut self, release: &Release) -> Result<(), StoreError>;

    /// Keeps a move, and the state it led to.
    async fn keep_move(&mut self, was: &Release, made: &ReleaseMove) -> Result<(), StoreError>;
}

/// Changes nothing, but whoever moves a pack holds the first one's row.
const LOCK: &str = "UPDATE pack SET number = number WHERE number = 1";
const RELEASE: &str = "SELECT number, id, hash, state, active_from FROM pack_release WHERE number = $1";
const MOVES: &str = "SELECT number, entry, state, person, at_us, reason, active_from FROM pack_move \
                     WHERE number = $1 ORDER BY entry";
const APPROVED: &str = "SELECT number, active_from, entry FROM pack_release WHERE state IN ('approved', 'withdrawal_requested') \
     ORDER BY number";
const ADD: &str = "INSERT INTO pack_release (number, id, hash, state, entry) VALUES ($1, $2, $3, $4, 0)";
const MOVE: &str = "INSERT INTO pack_move (number, entry, state, person, at_us, reason, active_from) \
                    VALUES ($1, $2, $3, $4, $5, $6, $7)";
const STATE: &str = "UPDATE pack_release SET state = $2, active_from = $3, entry = $4 WHERE number = $1";
/// What is law keeps the entry of its approval: of two with one first day the one approved last is in force.
const STILL_LAW: &str = "UPDATE pack_release SET state = $2 WHERE number = $1";

macro_rules! release_rows {
    ($connection:ty) => {
        impl ReleaseRows for $connection {
            async fn lock(&mut self) -> Result<(), StoreError> {
                sqlx::query(LOCK).execute(self).await?;
                Ok(())
            }

            async fn release(&mut self, number: PackNumber) -> Result<Option<Release>, StoreError> {
                let number = signed(number.get());
                let row = sqlx::query_as(RELEASE).bind(number).fetch_optional(&mut *self).await?;
                let moves: Vec<MoveRow> = sqlx::query_as(MOVES).bind(number).fetch_all(self).await?;
                row.map(|row| release_of(row, &moves)).transpose()
            }

            async fn approvals(&mut self) -> Result<Vec<Approval>, StoreError> {
                let rows = sqlx::query_as(APPROVED).fetch_all(self).await?;
                rows.into_iter().map(approval_of).collect()
            }

            async fn add(&mut self, release: &Release) -> Result<(), StoreError> {
                let add = sqlx::query(ADD).bind(signed(release.number.get())).bind(&release.id);
                add.bind(&release.hash).bind(release.state.name()).execute(self).await?;
                Ok(())
            }

            async fn keep_move(&mut self, was: &Release, made: &ReleaseMove) -> Result<(), StoreError> {
                let (number, entry) = (signed(was.number.get()), signed(made.entry.get()));
                let (state, from) = (made.state.name(), made.from.map(|day| day.0));
                let keep = sqlx::query(MOVE).bind(number).bind(entry).bind(state).bind(&made.person);
                keep.bind(made.at_us).bind(&made.reason).bind(from).execute(&mut *self).await?;
                let set = match was.state.is_law() && made.state.is_law() {
                    true => sqlx::query(STILL_LAW).bind(number).bind(state),
                    false => sqlx::query(STATE).bind(number).bind(state).bind(from).bind(entry),
                };
                set.execute(self).await?;
                Ok(())
            }
        }
    };
}

release_rows!(SqliteConnection);
release_rows!(PgConnection);

/// Moves a pack: the entry of the log, the move, the state.
async fn go(
    tx: &mut impl ReleaseRows,
    release: &Release,
    state: ReleaseState,
    from: Option<Day>,
    by: &Mover,
) -> Result<(), StoreError> {
    let (id, hash) = (release.id.clone(), release.hash.clone());
    let (person, reason) = (by.person.clone(), by.reason.clone());
    let body = PackBody::Moved(PackMoved { pack: release.number, id, hash, state, person, from, reason });
    let (at_us, subject) = (by.at_us, release.hash.clone());
    let entry = Entry { kind: Kind::Pack, at_us, subject, body: body.written() };
    let added = tx.add_to_log(&[Addition { entries: vec![entry], ..Addition::default() }], at_us).await?;
    let Some(Added::New { first: entry }) = added.first().copied() else {
        return Err(StoreError::damaged("the entry of a move was not added"));
    };
    let (person, reason) = (by.person.clone(), by.reason.clone());
    tx.keep_move(release, &ReleaseMove { entry: EntryNumber::new(entry), state, person, at_us, reason, from })
        .await
}

fn new_release(number: PackNumber, id: &str, files: &PackFiles) -> Release {
    let (state, from, moves) = (ReleaseState::Uploaded, None, Vec::new());
    Release { number, id: id.to_owned(), hash: files.hash(), state, from, moves }
}

fn approval_of((number, from, entry): (i64, Option<i32>, i64)) -> Result<Approval, StoreError> {
    let one = || {
        let (number, entry) = (u64::try_from(number).ok()?, u64::try_from(entry).ok()?);
        Some(Approval { number: PackNumber::new(number), entry: EntryNumber::new(entry), from: Day(from?) })
    };
    one().ok_or_else(|| unreadable(number))
}

fn release_of((number, id, hash, state, from): ReleaseRow, moves: &[MoveRow]) -> Result<Release, StoreError> {
    let moves = moves.iter().filter(|made| made.0 == number);
    let moves = moves.map(|made| release_move(made).ok_or_else(|| unreadable(number)));
    let moves = moves.collect::<Result<_, _>>()?;
    let known = u64::try_from(number).ok().zip(ReleaseState::of_name(&state));
    let (known, state) = known.ok_or_else(|| unreadable(number))?;
    Ok(Release { number: PackNumber::new(known), id, hash, state, from: from.map(Day), moves })
}

fn release_move((_, entry, state, person, at_us, reason, from): &MoveRow) -> Option<ReleaseMove> {
    Some(ReleaseMove {
        entry: EntryNumber::new(u64::try_from(*entry).ok()?),
        state: ReleaseState::of_name(state)?,
        person: person.clone(),
        at_us: *at_us,
        reason: reason.clone(),
        from: from.map(Day),
    })
}

fn unreadable(number: i64) -> StoreError {
    StoreError::damaged(format!("the release of pack {number} cannot be read"))
}
