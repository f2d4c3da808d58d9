//! Numbers in tables that follow from other rows: worked out again.

use super::audit::{AuditedState, StateFault};
use super::capture::StateRows;
use super::schema::Cell;
use crate::catalog::ColumnKind::{self, Integer, Text};
use crate::error::StoreError;

/// Sums of days of which there is no row, or another one. Key, what is there, what there should be.
const DAYS: &str = "SELECT f.enterprise, f.kind, f.day, f.found, f.found_fen, f.expected, f.expected_fen FROM ( \
    SELECT enterprise, kind, day, CAST(SUM(found) AS BIGINT) AS found, CAST(SUM(found_fen) AS BIGINT) AS found_fen, \
    CAST(SUM(expected) AS BIGINT) AS expected, CAST(SUM(expected_fen) AS BIGINT) AS expected_fen FROM ( \
    SELECT enterprise, CAST(kind AS BIGINT) AS kind, CAST(day AS BIGINT) AS day, events AS found, amount_fen AS found_fen, \
    0 AS expected, 0 AS expected_fen FROM event_day UNION ALL \
    SELECT enterprise, CAST(kind AS BIGINT), CAST(day AS BIGINT), 0, 0, CASE WHEN withdraws IS NULL THEN 1 ELSE -1 END, \
    CASE WHEN withdraws IS NULL THEN amount_fen ELSE -amount_fen END FROM event) AS one \
    GROUP BY enterprise, kind, day) AS f \
    WHERE f.found <> f.expected OR f.found_fen <> f.expected_fen ORDER BY 1, 2, 3 LIMIT 1000";

const KINDS: &str = "SELECT k.name, k.events, k.expected FROM (SELECT name, events, \
    (SELECT CAST(COALESCE(SUM(CASE WHEN e.withdraws IS NULL THEN 1 ELSE -1 END), 0) AS BIGINT) FROM event AS e \
    WHERE e.kind = event_kind.number) AS expected FROM event_kind) AS k WHERE k.events <> k.expected ORDER BY 1 LIMIT 1000";

/// Answers to requests that point past the log.
const REQUESTS: &str = "SELECT caller, key, first_seq, entries, (SELECT size FROM log_frontier WHERE one = 1) FROM request \
    WHERE first_seq < 0 OR entries < 0 OR first_seq + entries > (SELECT size FROM log_frontier WHERE one = 1) \
    ORDER BY 1, 2 LIMIT 1000";

const COUNTED: &str = "SELECT next_entry, (SELECT size FROM log_frontier WHERE one = 1) FROM rate_turn \
    WHERE next_entry < 0 OR next_entry > (SELECT size FROM log_frontier WHERE one = 1)";

/// Key, what is there, and what should be, of the cells of a row.
type Say = fn(&[String]) -> [String; 3];

/// What is recounted within the database.
pub(super) struct Recounts;

impl Recounts {
    pub(super) async fn check<C: StateRows>(
        connection: &mut C,
        audited: &mut AuditedState,
    ) -> Result<(), StoreError> {
        let number = |cell: &Cell| match cell {
            Cell::Integer(number) => number.to_string(),
            Cell::Text(text) => format!("`{text}`"),
            _ => String::new(),
        };
        let all: [(&str, &str, &[ColumnKind], Say); 4] = [
            ("event_day", DAYS, &[Integer; 7], |said| {
                let key = format!("[{}]", said[..3].join(","));
                [
                    key,
                    format!("{} events, {} fen", said[3], said[4]),
                    format!("{} events, {} fen", said[5], said[6]),
                ]
            }),
            ("event_kind", KINDS, &[Text, Integer, Integer], |said| {
                [said[0].clone(), format!("{} events", said[1]), said[2].clone()]
            }),
            ("request", REQUESTS, &[Text, Text, Integer, Integer, Integer], |said| {
                let found = format!("{} entries from {}", said[3], said[2]);
                [format!("{} {}", said[0], said[1]), found, format!("within {} entries", said[4])]
            }),
            ("rate_turn", COUNTED, &[Integer; 2], |said| {
                ["1".to_owned(), format!("{} entries", said[0]), format!("{} entries at most", said[1])]
            }),
        ];
        for (table, sql, kinds, say) in all {
            let mut faults = Vec::new();
            let mut heard = |cells: Vec<Cell>| {
                let [key, found, expected] = say(&cells.iter().map(number).collect::<Vec<_>>());
                faults.push(StateFault::Recounted { table: table.to_owned(), key, found, expected });
            };
            connection.each_row(sql.to_owned(), None, kinds, &mut heard).await?;
            faults.into_iter().for_each(|fault| audited.fault(fault));
        }
        Ok(())
    }
}
