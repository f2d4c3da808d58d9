//! Selected matters that were left where they were: by enterprise, against all that were selected of it.

use greenlane_database::rows::{office, office_list};
use greenlane_database::{Database, StoreError, reading, row};
use greenlane_terms::Office;

/// Selected matters of an enterprise at an office, and how many of them never came to their inspection.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Abandoned {
    /// Customs office.
    pub office: Office,
    /// The enterprise, as its matters name it first.
    pub enterprise: String,
    /// Matters of it that draws or orders selected.
    pub selected: u64,
    /// Those whose task was withdrawn, or still waits after it was due.
    pub abandoned: u64,
    /// The same of everybody at the office.
    pub of_office: (u64, u64),
}

row! {
    struct AbandonedRow {
        office: i32,
        enterprise: String,
        selected: i64,
        abandoned: i64,
        office_selected: i64,
        office_abandoned: i64,
    }
}

/// Enterprises that left at least so many selected matters since an instant, the most first; at most 1,000.
pub(crate) async fn list_abandoned(
    database: &Database,
    offices: Option<&[Office]>,
    (since_us, now_us): (i64, i64),
    least: u32,
) -> Result<Vec<Abandoned>, StoreError> {
    macro_rules! sql {
        ($offices:literal) => {
            concat!(
                "WITH made AS (SELECT office, enterprise, CASE WHEN state = 'withdrawn' OR (state = 'waiting' AND due_us < $2) \
                 THEN 1 ELSE 0 END AS is_left FROM task WHERE follows IS NOT NULL AND opened_us >= $1 \
                 AND queue IN ('port_inspection', 'sampling') AND ",
                $offices,
                "), at_office AS (SELECT office, COUNT(*) AS selected, SUM(is_left) AS abandoned FROM made GROUP BY office), \
                 of_one AS (SELECT office, enterprise, COUNT(*) AS selected, SUM(is_left) AS abandoned FROM made \
                 WHERE enterprise IS NOT NULL GROUP BY office, enterprise HAVING SUM(is_left) >= $4) \
                 SELECT o.office, o.enterprise, o.selected, o.abandoned, a.selected AS office_selected, \
                 a.abandoned AS office_abandoned FROM of_one AS o JOIN at_office AS a ON a.office = o.office \
                 ORDER BY o.abandoned DESC, o.office, o.enterprise LIMIT 1000"
            )
        };
    }
    let sql = database.of(
        sql!("($3 IS NULL OR office IN (SELECT value FROM json_each($3)))"),
        sql!("($3::json IS NULL OR office IN (SELECT json_array_elements_text($3::json)::integer))"),
    );
    let offices = office_list(offices)?;
    let rows: Vec<AbandonedRow> = reading!(database, db => {
        sqlx::query_as(sql).bind(since_us).bind(now_us).bind(offices).bind(i64::from(least)).fetch_all(db).await?
    });
    rows.into_iter().map(AbandonedRow::read).collect()
}

impl AbandonedRow {
    fn read(self) -> Result<Abandoned, StoreError> {
        let office = office(self.office, || StoreError::damaged("a task is at no office"))?;
        let of_office = (self.office_selected.cast_unsigned(), self.office_abandoned.cast_unsigned());
        let (selected, abandoned) = (self.selected.cast_unsigned(), self.abandoned.cast_unsigned());
        Ok(Abandoned { office, enterprise: self.enterprise, selected, abandoned, of_office })
    }
}
