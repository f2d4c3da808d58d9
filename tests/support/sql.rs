//! Statements behind the back of the program, as somebody with the database in hand can run them.

use sqlx::{Connection, Executor};

/// Runs statements on a database of either kind.
pub fn run(database: &str, statements: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let statements = sqlx::AssertSqlSafe(statements.to_owned());
    runtime.block_on(async {
        match database.strip_prefix("sqlite:") {
            Some(path) => {
                let mut connection = sqlx::SqliteConnection::connect(path).await.unwrap();
                connection.execute(sqlx::raw_sql(statements)).await.unwrap();
            }
            None => {
                let mut connection = sqlx::PgConnection::connect(database).await.unwrap();
                connection.execute(sqlx::raw_sql(statements)).await.unwrap();
            }
        }
    });
}
