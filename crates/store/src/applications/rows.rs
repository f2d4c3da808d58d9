//! Rows of applications.

use greenlane_casework::{Application, ApplicationKind};
use greenlane_database::rows::{list as json_list, office, office_list};
use greenlane_database::{Database, StoreError, Tx, inside, reading, row};
use greenlane_terms::Office;
use greenlane_terms::calendar::Day;
use greenlane_terms::numbers::{ApplicationNumber, EnterpriseNumber, EntryNumber, RecordNumber};
use serde_json::Value;

use super::{ApplicationFilter, ApplicationOrder, Drafts, KeptApplication, NewApplication};

/// Columns of an application, in the order of [`ApplicationRow`].
macro_rules! columns {
    () => {
        "number, kind, state, office, applicant, enterprise, programme, facts, submitted_on, reviewed_by, approved_by, \
         valid_from, valid_to, due_on, reminded_of, goes_first, stands_at, rests, decision, record, touched_us, \
         unchecked, look_on, opened_us, moved_us, author, seal"
    };
}

row! {
    struct ApplicationRow {
        number: i64,
        kind: String,
        state: String,
        office: i32,
        applicant: String,
        enterprise: i64,
        programme: Option<String>,
        facts: String,
        submitted_on: Option<i32>,
        reviewed_by: Option<String>,
        approved_by: Option<String>,
        valid_from: Option<i32>,
        valid_to: Option<i32>,
        due_on: Option<i32>,
        reminded_of: Option<i32>,
        goes_first: i16,
        stands_at: Option<i64>,
        rests: i16,
        decision: Option<i64>,
        record: Option<i64>,
        touched_us: i64,
        unchecked: i16,
        look_on: Option<i32>,
        opened_us: i64,
        moved_us: i64,
        author: Option<String>,
        seal: Option<Vec<u8>>,
    }
}

impl ApplicationRow {
    fn kept(self) -> Result<KeptApplication, StoreError> {
        let number = self.number;
        let damaged =
            |what: &str| StoreError::damaged(format!("application {number} has no readable {what}"));
        let kind = ApplicationKind::of_name(&self.kind).ok_or_else(|| damaged("kind"))?;
        Ok(KeptApplication {
            number: ApplicationNumber::new(number.cast_unsigned()),
            of: NewApplication {
                kind,
                office: office(self.office, || damaged("office"))?,
                applicant: self.applicant,
                enterprise: EnterpriseNumber::new(self.enterprise.cast_unsigned()),
                programme: self.programme,
                facts: serde_json::from_str(&self.facts).map_err(|_| damaged("facts"))?,
            },
            application: Application {
                state: kind.state(&self.state).ok_or_else(|| damaged("state"))?,
                submitted_on: self.submitted_on.map(Day),
                reviewed_by: self.reviewed_by,
                approved_by: self.approved_by,
                from: self.valid_from.map(Day),
                to: self.valid_to.map(Day),
                due: self.due_on.map(Day),
                reminded_of: self.reminded_of.map(Day),
                goes_first: self.goes_first == 1,
                rests: self.rests == 1,
            },
            stands_at: self.stands_at,
            decision: self.decision.map(|entry| EntryNumber::new(entry.cast_unsigned())),
            record: self.record.map(|record| RecordNumber::new(record.cast_unsigned())),
            author: self.author,
            seal: self.seal.map(|seal| seal.try_into().map_err(|_| damaged("seal"))).transpose()?,
            touched_us: self.touched_us,
            unchecked: self.unchecked == 1,
            look_on: self.look_on.map(Day),
            opened_us: self.opened_us,
            moved_us: self.moved_us,
        })
    }
}

fn kept(rows: Vec<ApplicationRow>) -> Result<Vec<KeptApplication>, StoreError> {
    rows.into_iter().map(ApplicationRow::kept).collect()
}

/// The next number.
pub(crate) async fn next_number(tx: &mut Tx) -> Result<ApplicationNumber, StoreError> {
    let sql = "SELECT MAX(number) FROM application";
    let last: Option<i64> = inside!(tx, c => sqlx::query_scalar(sql).fetch_one(c).await?);
    Ok(ApplicationNumber::new(last.unwrap_or(0).cast_unsigned() + 1))
}

/// Adds an application, without how far it has come: [`write()`] says that.
pub(crate) async fn add(tx: &mut Tx, kept: &KeptApplication) -> Result<(), StoreError> {
    let sql = "INSERT INTO application (number, kind, state, is_open, office, applicant, enterprise, programme, facts, \
               goes_first, rests, touched_us, unchecked, opened_us, moved_us, author, seal) \
               VALUES ($1, $2, $3, 1, $4, $5, $6, $7, $8, 0, 0, $9, 1, $10, $11, $12, $13)";
    let KeptApplication { number, of, application, touched_us, opened_us, moved_us, author, seal, .. } = kept;
    let facts = Value::Object(of.facts.clone()).to_string();
    inside!(tx, c => {
        sqlx::query(sql).bind(number.cast_signed()).bind(of.kind.name()).bind(application.state.name())
            .bind(i32::from(of.office.number())).bind(&of.applicant).bind(of.enterprise.cast_signed()).bind(&of.programme)
            .bind(facts).bind(touched_us).bind(opened_us).bind(moved_us).bind(author)
            .bind(seal.as_ref().map(<[u8; 32]>::as_slice)).execute(c).await.map(|_| ())?
    });
    Ok(())
}

/// Writes how far an application has come.
pub(crate) async fn write(tx: &mut Tx, kept: &KeptApplication) -> Result<(), StoreError> {
    let sql = "UPDATE application SET state = $1, is_open = $2, facts = $3, submitted_on = $4, reviewed_by = $5, \
               approved_by = $6, valid_from = $7, valid_to = $8, due_on = $9, reminded_of = $10, goes_first = $11, \
               stands_at = $12, rests = $13, decision = $14, record = $15, touched_us = $16, unchecked = $17, \
               look_on = $18, moved_us = $19 WHERE number = $20";
    let Application {
        state,
        submitted_on,
        reviewed_by,
        approved_by,
        from,
        to,
        due,
        reminded_of,
        goes_first,
        rests,
    } = &kept.application;
    let facts = Value::Object(kept.of.facts.clone()).to_string();
    let flag = |is: bool| i16::from(is);
    let number = |day: &Option<Day>| day.map(|day| day.0);
    inside!(tx, c => {
        sqlx::query(sql).bind(state.name()).bind(flag(!state.is_over())).bind(facts).bind(number(submitted_on))
            .bind(reviewed_by).bind(approved_by).bind(number(from)).bind(number(to)).bind(number(due)).bind(number(reminded_of))
            .bind(flag(*goes_first)).bind(kept.stands_at).bind(flag(*rests)).bind(kept.decision.map(EntryNumber::cast_signed))
            .bind(kept.record.map(RecordNumber::cast_signed)).bind(kept.touched_us).bind(flag(kept.unchecked))
            .bind(number(&kept.look_on)).bind(kept.moved_us).bind(kept.number.cast_signed()).execute(c).await.map(|_| ())?
    });
    Ok(())
}

const BY_NUMBER: &str = concat!("SELECT ", columns!(), " FROM application WHERE number = $1");

/// The application with that number, within a transaction that has the turn.
pub(crate) async fn locked(
    tx: &mut Tx,
    number: ApplicationNumber,
) -> Result<Option<KeptApplication>, StoreError> {
    let number = i64::try_from(number.get()).unwrap_or(i64::MAX);
    let row: Option<ApplicationRow> =
        inside!(tx, c => sqlx::query_as(BY_NUMBER).bind(number).fetch_optional(c).await?);
    row.map(ApplicationRow::kept).transpose()
}

/// The application with that number.
pub(crate) async fn by_number(
    database: &Database,
    number: ApplicationNumber,
) -> Result<Option<KeptApplication>, StoreError> {
    let number = i64::try_from(number.get()).unwrap_or(i64::MAX);
    let row: Option<ApplicationRow> =
        reading!(database, db => sqlx::query_as(BY_NUMBER).bind(number).fetch_optional(db).await?);
    row.map(ApplicationRow::kept).transpose()
}

/// What of these enterprises is not over.
pub(crate) async fn open_of(
    tx: &mut Tx,
    enterprises: &[EnterpriseNumber],
) -> Result<Vec<KeptApplication>, StoreError> {
    let sql = tx.of(
        concat!(
            "SELECT ",
            columns!(),
            " FROM application WHERE is_open = 1 \
             AND enterprise IN (SELECT value FROM json_each($1)) ORDER BY number"
        ),
        concat!(
            "SELECT ",
            columns!(),
            " FROM application WHERE is_open = 1 \
             AND enterprise IN (SELECT json_array_elements_text($1::json)::bigint) ORDER BY number"
        ),
    );
    let asked = json_list(enterprises)?;
    kept(inside!(tx, c => sqlx::query_as(sql).bind(asked).fetch_all(c).await?))
}

/// How many are admitted to a reform at an office, and who is next.
pub(crate) async fn admissions(
    tx: &mut Tx,
    programme: Option<&str>,
    office: Office,
) -> Result<(u64, Option<ApplicationNumber>), StoreError> {
    let admitted = "SELECT COUNT(*) FROM application WHERE kind = 'admission' AND state = 'admitted' \
                    AND programme = $1 AND office = $2";
    let next = "SELECT number FROM application WHERE kind = 'admission' AND state = 'submitted' \
                AND programme = $1 AND office = $2 ORDER BY stands_at, number LIMIT 1";
    let office = i32::from(office.number());
    let admitted: i64 =
        inside!(tx, c => sqlx::query_scalar(admitted).bind(programme).bind(office).fetch_one(c).await?);
    let next: Option<i64> =
        inside!(tx, c => sqlx::query_scalar(next).bind(programme).bind(office).fetch_optional(c).await?);
    Ok((admitted.cast_unsigned(), next.map(|next| ApplicationNumber::new(next.cast_unsigned()))))
}

/// The conditions of a list; `$1` to `$8` are those of the filter. `$7`: 1 if drafts of disclosures are shown whoever made them,
/// `$8`: whose are shown else.
macro_rules! filtered {
    (sqlite) => {
        " FROM application WHERE ($1 IS NULL OR kind = $1) \
         AND ($2 IS NULL OR state IN (SELECT value FROM json_each($2))) \
         AND ($3 IS NULL OR enterprise = $3) AND ($4 IS NULL OR programme = $4) AND ($5 IS NULL OR due_on <= $5) \
         AND ($6 IS NULL OR office IN (SELECT value FROM json_each($6))) \
         AND ($7 = 1 OR kind <> 'voluntary_disclosure' OR submitted_on IS NOT NULL OR author = $8) "
    };
    (postgres) => {
        " FROM application WHERE ($1::text IS NULL OR kind = $1) \
         AND ($2::json IS NULL OR state IN (SELECT json_array_elements_text($2::json))) \
         AND ($3::bigint IS NULL OR enterprise = $3) AND ($4::text IS NULL OR programme = $4) \
         AND ($5::integer IS NULL OR due_on <= $5) \
         AND ($6::json IS NULL OR office IN (SELECT json_array_elements_text($6::json)::integer)) \
         AND ($7::smallint = 1 OR kind <> 'voluntary_disclosure' OR submitted_on IS NOT NULL OR author = $8::text) "
    };
}

/// `$9` is the place after which the list begins (not read in the order of numbers), `$10` the number, `$11` how many.
macro_rules! listed {
    ($database:ident, "number") => {
        concat!(
            "SELECT ",
            columns!(),
            filtered!($database),
            "AND $9 = $9 AND number > $10 ORDER BY number LIMIT $11"
        )
    };
    ($database:ident, "latest") => {
        concat!(
            "SELECT ",
            columns!(),
            filtered!($database),
            "AND $9 = $9 AND number < $10 ORDER BY number DESC LIMIT $11"
        )
    };
    ($database:ident, "turn") => {
        concat!(
            "SELECT ",
            columns!(),
            filtered!($database),
            "AND stands_at IS NOT NULL AND (stands_at, number) > ($9, $10) ORDER BY stands_at, number LIMIT $11"
        )
    };
}

/// Applications in an order.
pub(crate) async fn list(
    database: &Database,
    filter: &ApplicationFilter,
    order: ApplicationOrder,
    limit: u32,
) -> Result<Vec<KeptApplication>, StoreError> {
    let (sql, place, number) = match order {
        ApplicationOrder::Number(after) => {
            (database.of(listed!(sqlite, "number"), listed!(postgres, "number")), 0, after)
        }
        ApplicationOrder::Turn(place, after) => {
            (database.of(listed!(sqlite, "turn"), listed!(postgres, "turn")), place, after)
        }
        ApplicationOrder::Latest(before) => {
            (database.of(listed!(sqlite, "latest"), listed!(postgres, "latest")), 0, before)
        }
    };
    let offices = office_list(filter.offices.as_deref())?;
    let (all_drafts, drafts_by) = match &filter.drafts {
        Drafts::Hidden => (0_i16, None),
        Drafts::By(author) => (0, Some(author.as_str())),
        Drafts::Own => (1, None),
    };
    let states = if filter.states.is_empty() { None } else { Some(json_list(&filter.states)?) };
    let rows: Vec<ApplicationRow> = reading!(database, db => {
        sqlx::query_as(sql).bind(filter.kind.map(ApplicationKind::name)).bind(states)
            .bind(filter.enterprise.map(EnterpriseNumber::cast_signed)).bind(filter.programme.as_deref()).bind(filter.due_until.map(|day| day.0))
            .bind(offices).bind(all_drafts).bind(drafts_by).bind(place).bind(i64::try_from(number.get()).unwrap_or(i64::MAX)).bind(i64::from(limit))
            .fetch_all(db).await?
    });
    kept(rows)
}

/// Numbers of applications that have to be looked at on a day: something about them has changed, or their day has come.
pub(crate) async fn due(
    database: &Database,
    today: Day,
    limit: u32,
) -> Result<Vec<ApplicationNumber>, StoreError> {
    let sql = "SELECT number FROM application WHERE unchecked = 1 OR look_on <= $1 ORDER BY number LIMIT $2";
    let rows: Vec<i64> = reading!(database, db => {
        sqlx::query_scalar(sql).bind(today.0).bind(i64::from(limit)).fetch_all(db).await?
    });
    Ok(rows.into_iter().map(|number| ApplicationNumber::new(number.cast_unsigned())).collect())
}
