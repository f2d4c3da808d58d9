//! Many rows into one table, column by column.

use sqlx::{AssertSqlSafe, QueryBuilder, Sqlite};

use crate::database::Tx;
use crate::error::StoreError;

/// Rows of one INSERT on SQLite, the largest first: few texts, so that each is prepared once.
const SQLITE_ROWS: [usize; 4] = [128, 32, 8, 1];

/// The values of one column; all columns of an insert have the same length.
pub(crate) enum Column<'a> {
    Numbers(Vec<i64>),
    PerhapsNumbers(Vec<Option<i64>>),
    Texts(Vec<&'a str>),
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

/// Inserts; `into` is `INSERT INTO table (a, b)`, `conflict` what follows the rows.
pub(crate) async fn insert(
    tx: &mut Tx,
    into: &'static str,
    columns: &[Column<'_>],
    conflict: &'static str,
) -> Result<(), StoreError> {
    let rows = columns.first().map_or(0, Column::len);
    if rows == 0 {
        return Ok(());
    }
    match tx {
        Tx::Sqlite(tx, _) => {
            let mut done = 0;
            for count in SQLITE_ROWS {
                while rows - done >= count {
                    let mut insert = QueryBuilder::<Sqlite>::new(into);
                    insert.push(" ");
                    insert.push_values(done..done + count, |mut row, at| {
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
                    insert.build().execute(&mut **tx).await?;
                    done += count;
                }
            }
        }
        Tx::Postgres(tx) => {
            let arrays = columns.iter().zip(1..).map(|(column, at)| format!("${at}::{}", column.array()));
            let arrays: Vec<String> = arrays.collect();
            // WHERE TRUE, since without it ON CONFLICT could be read as a join.
            let insert = format!("{into} SELECT * FROM UNNEST({}) WHERE TRUE{conflict}", arrays.join(", "));
            let mut query = sqlx::query(AssertSqlSafe(insert));
            for column in columns {
                query = match column {
                    Column::Numbers(values) => query.bind(values),
                    Column::PerhapsNumbers(values) => query.bind(values),
                    Column::Texts(values) => query.bind(values),
                    Column::PerhapsTexts(values) => query.bind(values),
                };
            }
            query.execute(&mut **tx).await?;
        }
    }
    Ok(())
}

/// Values as one JSON list, which both databases can take apart.
pub(crate) fn list<T: serde::Serialize>(values: &[T]) -> Result<String, StoreError> {
    serde_json::to_string(values).map_err(|error| StoreError::damaged(error.to_string()))
}
