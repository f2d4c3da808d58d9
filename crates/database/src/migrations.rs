//! The schema, version by version, for both databases.

use std::borrow::Cow;

use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

include!(concat!(env!("OUT_DIR"), "/migrations.rs"));

/// Version of the schema that this program makes and knows.
pub const SCHEMA_VERSION: i64 = SQLITE.len() as i64;

/// Migrations of SQLite up to a version.
pub fn sqlite_migrations(version: i64) -> Migrator {
    migrator(up_to(SQLITE, version))
}

/// Migrations of PostgreSQL up to a version.
pub fn postgres_migrations(version: i64) -> Migrator {
    migrator(up_to(POSTGRES, version))
}

fn up_to<'a>(statements: &'a [&'static str], version: i64) -> &'a [&'static str] {
    let count = usize::try_from(version).unwrap_or_default().min(statements.len());
    &statements[..count]
}

fn migrator(statements: &[&'static str]) -> Migrator {
    let migrations = statements.iter().zip(1..).map(|(sql, version)| {
        Migration::new(version, Cow::Borrowed("greenlane"), MigrationType::Simple, sql.into_sql_str(), false)
    });
    Migrator::with_migrations(migrations.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_has_a_migration_for_both_databases() {
        assert_eq!([SQLITE.len() as i64, POSTGRES.len() as i64], [SCHEMA_VERSION; 2]);
    }
}
