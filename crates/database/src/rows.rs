//! Many rows into one table, column by column.

use std::ops::Range;

use greenlane_terms::Office;
use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Postgres, QueryBuilder, Row, Sqlite};

use crate::error::StoreError;
use crate::pool::Tx;

/// Rows of one INSERT on SQLite when there are many.
const MANY: usize = 256;

/// The next of them: each number below has a text of its own.
const SOME: usize = 32;

/// The rows of each INSERT on SQLite, of so many: few texts, so that each is prepared once, and few INSERTs, since each is a way to
/// the thread of the connection and back.
pub fn sqlite_inserts(rows: usize) -> impl Iterator<Item = Range<usize>> {
    let mut done = 0;
    std::iter::from_fn(move || {
        let count = match rows - done {
            0 => return None,
            MANY.. => MANY,
            left @ SOME..MANY => left / SOME * SOME,
            left => left,
        };
        done += count;
        Some(done - count..done)
    })
}

/// The values of one column; all columns of an insert have the same length.
pub enum Column<'a> {
    /// Numbers.
    Numbers(Vec<i64>),
    /// Numbers, or nothing.
    PerhapsNumbers(Vec<Option<i64>>),
    /// Texts.
    Texts(Vec<&'a str>),
    /// Texts, or nothing.
    PerhapsTexts(Vec<Option<&'a str>>),
}

impl Column<'_> {
    fn len(&self) -> usize {
        match self {
            Column::Numbers(values) => values.len(),
            Column::PerhapsNumbers(values) => values.len(),
            Column::Texts(values) => values.len(),
            Column::PerhapsTexts(values) => values.len(),
        }
    }

    fn array(&self) -> &'static str {
        match self {
            Column::Numbers(_) | Column::PerhapsNumbers(_) => "bigint[]",
            Column::Texts(_) | Column::PerhapsTexts(_) => "text[]",
        }
    }
}

/// Inserts; `into` is `INSERT INTO table (a, b)`, `conflict` what follows the rows. How many rows it wrote: fewer where
/// `conflict` leaves some out.
pub async fn insert(
    tx: &mut Tx,
    into: &str,
    columns: &[Column<'_>],
    conflict: &'static str,
) -> Result<u64, StoreError> {
    let rows = columns.first().map_or(0, Column::len);
    if rows == 0 {
        return Ok(0);
    }
    match tx {
        Tx::Sqlite(tx, _) => {
            let mut written = 0;
            for range in sqlite_inserts(rows) {
                let mut insert = QueryBuilder::<Sqlite>::new(into);
                insert.push(" ");
                insert.push_values(range, |mut row, at| {
                    for column in columns {
                        match column {
                            Column::Numbers(values) => row.push_bind(values[at]),
                            Column::PerhapsNumbers(values) => row.push_bind(values[at]),
                            Column::Texts(values) => row.push_bind(values[at]),
                            Column::PerhapsTexts(values) => row.push_bind(values[at]),
                        };
                    }
                });
                insert.push(conflict);
                written += insert.build().execute(&mut **tx).await?.rows_affected();
            }
            Ok(written)
        }
        Tx::Postgres(tx) => {
            let insert = format!("{into} SELECT * FROM {}{conflict}", unnest(columns));
            Ok(bound(insert, columns).execute(&mut **tx).await?.rows_affected())
        }
    }
}

/// Inserts with numbers, from the greatest `number` of the table on: nobody else may be adding to it. `names`: those of the columns
/// after the number, at least one row. The numbers; `None` if `conflict` left rows out.
pub async fn insert_numbered(
    tx: &mut Tx,
    (table, names): (&'static str, &'static str),
    columns: Vec<Column<'_>>,
    conflict: &'static str,
) -> Result<Option<Range<u64>>, StoreError> {
    let asked = columns.first().map_or(0, Column::len);
    let numbers = match tx {
        Tx::Sqlite(connection, _) => {
            let last = AssertSqlSafe(format!("SELECT COALESCE(MAX(number), 0) FROM {table}"));
            let first = 1 + sqlx::query_scalar::<_, i64>(last).fetch_one(&mut **connection).await?;
            let numbers: Vec<i64> = (first..).take(asked).collect();
            let columns: Vec<Column<'_>> =
                std::iter::once(Column::Numbers(numbers.clone())).chain(columns).collect();
            let into = format!("INSERT INTO {table} (number, {names})");
            let written = insert(tx, &into, &columns, conflict).await?;
            if written == asked as u64 { numbers } else { Vec::new() }
        }
        // In one statement, which spares the way to the server and back. Who has the turn sees the rows of whoever had it before.
        Tx::Postgres(tx) => {
            let insert = format!(
                "INSERT INTO {table} (number, {names}) \
                 SELECT (SELECT COALESCE(MAX(number), 0) FROM {table}) + row, {names} \
                 FROM {} WITH ORDINALITY AS new ({names}, row){conflict} RETURNING number",
                unnest(&columns)
            );
            let written = bound(insert, &columns).fetch_all(&mut **tx).await?;
            written.iter().map(|row| row.try_get(0)).collect::<Result<_, sqlx::Error>>()?
        }
    };
    if numbers.len() != asked {
        return Ok(None);
    }
    Ok(numbers.iter().min().map(|first| first.cast_unsigned()).map(|first| first..first + asked as u64))
}

/// Columns as rows of PostgreSQL.
fn unnest(columns: &[Column<'_>]) -> String {
    let arrays = columns.iter().zip(1..).map(|(column, at)| format!("${at}::{}", column.array()));
    format!("UNNEST({})", arrays.collect::<Vec<_>>().join(", "))
}

/// A statement of PostgreSQL with these columns as its values.
fn bound<'q>(sql: String, columns: &'q [Column<'_>]) -> Query<'q, Postgres, PgArguments> {
    columns.iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, column| match column {
        Column::Numbers(values) => query.bind(values),
        Column::PerhapsNumbers(values) => query.bind(values),
        Column::Texts(values) => query.bind(values),
        Column::PerhapsTexts(values) => query.bind(values),
    })
}

/// Values as one JSON list, which both databases can take apart.
pub fn list<T: serde::Serialize>(values: &[T]) -> Result<String, StoreError> {
    serde_json::to_string(values).map_err(|error| StoreError::damaged(error.to_string()))
}

/// Customs offices as one JSON list of the numbers that columns hold; `None` for all of them.
pub fn office_list(offices: Option<&[Office]>) -> Result<Option<String>, StoreError> {
    let numbers = |offices: &[Office]| offices.iter().map(|office| office.number()).collect::<Vec<u16>>();
    offices.map(|offices| list(&numbers(offices))).transpose()
}

/// The customs office of a column, or what is damaged if the column holds none.
pub fn office(column: impl Into<i64>, damaged: impl FnOnce() -> StoreError) -> Result<Office, StoreError> {
    Office::try_from(column.into()).map_err(|_| damaged())
}

#[cfg(test)]
mod tests {
    use super::{office, office_list, sqlite_inserts};
    use crate::StoreError;
    use greenlane_terms::Office;

    #[test]
    fn offices_are_asked_for_by_number_and_no_other_number_is_one() {
        let offices = ["0022", "5301"].map(|code| Office::parse(code).unwrap());
        assert_eq!(office_list(Some(&offices)).unwrap().as_deref(), Some("[22,5301]"));
        assert_eq!(office_list(Some(&[])).unwrap().as_deref(), Some("[]"));
        assert_eq!(office_list(None).unwrap(), None);
        let damaged = || StoreError::damaged("no office");
        assert_eq!(office(22, damaged).unwrap(), offices[0]);
        for number in [-1, 10_000, 65_536] {
            assert!(matches!(office(number, damaged), Err(StoreError::Damaged { .. })), "{number}");
        }
    }

    #[test]
    fn many_rows_go_by_few_statements_of_few_lengths() {
        let all = |rows| sqlite_inserts(rows).map(|range| range.len()).collect::<Vec<_>>();
        assert!(all(0).is_empty());
        assert_eq!([all(1), all(31)], [[1], [31]]);
        assert_eq!(all(33), [32, 1]);
        assert_eq!(all(700), [256, 256, 160, 28]);
        assert_eq!(sqlite_inserts(33).collect::<Vec<_>>(), [0..32, 32..33]);
        let lengths: std::collections::BTreeSet<usize> = (1..2_000).flat_map(all).collect();
        assert_eq!(lengths.len(), 31 + 7 + 1);
    }
}
