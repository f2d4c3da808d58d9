//! The table of tables: which rows have their image in the log, which are checked otherwise, and which are out of it, and why.

/// How the rows of a table are held to the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// The log has an image of each row as it was left last.
    Imaged(Image),
    /// Worked out again from other tables or from the log, and compared; how.
    Recounted(&'static str),
    /// The log itself and what `audit log` checks beside it.
    Log,
    /// Not held to the log, and why; what somebody could do by changing it.
    Out(&'static str),
}

/// What the log says of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Image {
    /// Columns whose value is replaced by its SHA-256. Those that hold bytes always are.
    pub digests: &'static [&'static str],
    /// Whether the whole row is a hash: what it says is nobody's business but its author's.
    pub is_hidden: bool,
    /// Columns that are out of the log, each with the reason.
    pub out: &'static [(&'static str, &'static str)],
}

impl Image {
    const WHOLE: Image = Image { digests: &[], is_hidden: false, out: &[] };
    const HIDDEN: Image = Image { digests: &[], is_hidden: true, out: &[] };
}

const TURN: Coverage = Coverage::Out("a lock; its value decides nothing");
const DELIVERY: &str = "how far deliveries have come: a change skips or repeats deliveries, which the receiver sees by their numbers";

/// Every table of the schema. A test fails for one that is missing here.
pub const TABLES: &[(&str, Coverage)] = &[
    (
        "account",
        Coverage::Imaged(Image {
            digests: &["password", "subject"],
            out: &[
                (
                    "failures",
                    "counts wrong passwords; a change allows more tries or locks an account for minutes",
                ),
                ("locked_until_us", "as `failures`"),
            ],
            ..Image::WHOLE
        }),
    ),
    ("account_change", Coverage::Imaged(Image::WHOLE)),
    ("administration", Coverage::Imaged(Image::WHOLE)),
    ("application", Coverage::Imaged(Image::HIDDEN)),
    ("casework_turn", TURN),
    ("enterprise", Coverage::Imaged(Image::WHOLE)),
    ("enterprise_record", Coverage::Imaged(Image::WHOLE)),
    ("event", Coverage::Imaged(Image::WHOLE)),
    ("event_day", Coverage::Recounted("sums of the events of a day")),
    (
        "event_kind",
        Coverage::Imaged(Image { out: &[("events", "recounted from the events")], ..Image::WHOLE }),
    ),
    ("fact_list", Coverage::Imaged(Image::WHOLE)),
    ("identifier", Coverage::Imaged(Image::WHOLE)),
    ("invitation", Coverage::Imaged(Image::WHOLE)),
    ("log", Coverage::Log),
    (
        "log_cosignature",
        Coverage::Out(
            "each row proves itself by its witness's signature; one that was removed or changed proves nothing, and the witness \
             still knows",
        ),
    ),
    ("log_frontier", Coverage::Log),
    ("log_head", Coverage::Log),
    ("log_node", Coverage::Log),
    ("lot", Coverage::Imaged(Image::WHOLE)),
    (
        "matter",
        Coverage::Out(
            "written by first decisions and orders, which stand in the log; a change refuses the matter's own office, or lets \
             another one decide it, as the log then shows",
        ),
    ),
    ("pack", Coverage::Imaged(Image { digests: &["files"], ..Image::WHOLE })),
    ("pack_move", Coverage::Imaged(Image::WHOLE)),
    ("pack_release", Coverage::Imaged(Image::WHOLE)),
    ("rate_alarm", Coverage::Imaged(Image::WHOLE)),
    ("rate_tally", Coverage::Recounted("draws of the decisions that were counted")),
    ("rate_turn", Coverage::Recounted("how many entries the counts cover")),
    ("registry_turn", TURN),
    ("request", Coverage::Recounted("the entries that answered a request must exist")),
    ("secret", Coverage::Imaged(Image::WHOLE)),
    (
        "selection",
        Coverage::Out(
            "what a decision selected, which its entry says, and the numbers of its tasks, whose rows are imaged",
        ),
    ),
    ("session", Coverage::Imaged(Image::WHOLE)),
    (
        "task",
        Coverage::Imaged(Image {
            out: &[(
                "lease_until_us",
                "moved by each sign of life; a change frees a task early or holds it longer",
            )],
            ..Image::WHOLE
        }),
    ),
    ("token", Coverage::Imaged(Image::WHOLE)),
    (
        "used_sign_in",
        Coverage::Out(
            "kept until a sign-in expires; removing a row lets its answer be used once more by whoever has it",
        ),
    ),
    (
        "webhook",
        Coverage::Imaged(Image {
            out: &[
                ("attempts", DELIVERY),
                ("lease_holder", DELIVERY),
                ("lease_until_us", DELIVERY),
                ("next_entry", DELIVERY),
                ("note", DELIVERY),
                ("pending_to", DELIVERY),
                ("retry_at_us", DELIVERY),
            ],
            ..Image::WHOLE
        }),
    ),
    ("webhook_dead_letter", Coverage::Imaged(Image::WHOLE)),
];

/// What the log says of the rows of a table; `None` if it says nothing.
#[must_use]
pub fn image_of(table: &str) -> Option<Image> {
    TABLES.iter().find_map(|(name, coverage)| match coverage {
        Coverage::Imaged(image) if *name == table => Some(*image),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use sqlx::{Connection, SqliteConnection};

    use super::*;
    use crate::catalog;
    use crate::migrations::{SCHEMA_VERSION, sqlite_migrations};

    #[tokio::test]
    async fn every_table_and_column_is_held_to_the_log_or_listed_as_out_of_it() {
        let mut memory = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        sqlite_migrations(SCHEMA_VERSION).run(&mut memory).await.unwrap();
        let tables = catalog::of_sqlite(&mut memory).await.unwrap();
        let mut names: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
        names.sort_unstable();
        let listed: Vec<&str> = TABLES.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, listed, "list the table in crates/database/src/state/coverage.rs");
        for table in tables {
            let Some(image) = image_of(&table.name) else { continue };
            assert!(!table.key.is_empty(), "{}: a row without a key cannot be named", table.name);
            for column in image.digests.iter().chain(image.out.iter().map(|(column, _)| column)) {
                assert!(table.columns.contains_key(*column), "{} has no column {column}", table.name);
                assert!(
                    !table.key.iter().any(|key| key == column),
                    "{}.{column} is part of the key",
                    table.name
                );
            }
        }
    }
}
