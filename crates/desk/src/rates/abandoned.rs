//! Who has matters selected and leaves them there: a figure by enterprise, and an alarm.
//!
//! Whoever abandons a selected matter and declares the goods again under another number draws anew. One such matter says
//! nothing; several of one enterprise at an office where others come to their inspections do. The thresholds are ours, not the law's.

use greenlane_store::{Abandoned, RateAlarm, Store, StoreError};
use greenlane_terms::Office;
use greenlane_terms::calendar::Day;
use greenlane_terms::time::DAY_US;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::shown::{AlarmAbout, AlarmShown};

/// Days whose selections are looked at.
const DAYS: i64 = 90;

/// Abandoned matters of an enterprise at an office from which on it is an alarm.
const ALARM: u32 = 5;

/// Selected matters of an enterprise at an office, in the last 90 days, and how many were abandoned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AbandonedShown {
    /// Customs office, four digits.
    pub office: String,
    /// The enterprise that the matters name first.
    pub enterprise: String,
    /// Matters that draws or orders selected.
    pub selected: u64,
    /// Those whose task was withdrawn, or still waits after it was due.
    pub abandoned: u64,
    /// Matters of everybody at the office that were selected.
    pub office_selected: u64,
    /// Those of them that were abandoned.
    pub office_abandoned: u64,
}

impl AbandonedShown {
    fn of(found: Abandoned) -> AbandonedShown {
        let Abandoned { office, enterprise, selected, abandoned, of_office } = found;
        let (office_selected, office_abandoned) = of_office;
        let office = office.to_string();
        AbandonedShown { office, enterprise, selected, abandoned, office_selected, office_abandoned }
    }
}

/// Enterprises that have abandoned a selected matter, at these offices or at all.
pub async fn abandoned(
    store: &Store,
    offices: Option<&[Office]>,
    now_us: i64,
) -> Result<Vec<AbandonedShown>, StoreError> {
    let found = store.abandoned(offices, (now_us - DAYS * DAY_US, now_us), 1).await?;
    Ok(found.into_iter().map(AbandonedShown::of).collect())
}

/// Alarms that there is reason for; each is raised once a year.
pub(super) async fn alarms(store: &Store, today: Day, now_us: i64) -> Result<Vec<RateAlarm>, StoreError> {
    let found = store.abandoned(None, (now_us - DAYS * DAY_US, now_us), ALARM).await?;
    let year = i32::from(today.date().year());
    Ok(found.into_iter().filter(is_alarming).map(|found| alarm(found, year)).collect())
}

/// Whether at least half of an enterprise's selected matters were abandoned, and twice the share of everybody else at the office:
/// an office that is late with everything has no reason for an alarm about one.
fn is_alarming(found: &Abandoned) -> bool {
    let (selected, left) = (u128::from(found.selected), u128::from(found.abandoned));
    let others = u128::from(found.of_office.0).saturating_sub(selected);
    let others_left = u128::from(found.of_office.1).saturating_sub(left);
    left * 2 >= selected && left * others >= 2 * others_left * selected
}

fn alarm(found: Abandoned, year: i32) -> RateAlarm {
    let office = found.office;
    let shown = AbandonedShown::of(found);
    let name = format!("{year}/{}/abandoned/{}", shown.office, shown.enterprise);
    let shown =
        AlarmShown { alarm: AlarmAbout::Abandoned, year, cap: None, rate: None, abandoned: Some(shown) };
    RateAlarm { name, year, office: Some(office), body: shown.written() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_ones_own_and_twice_the_share_of_others_is_an_alarm() {
        let cases = [
            // Selected and left of one, of everybody at the office.
            ((10, 5), (110, 30), true),
            ((10, 5), (110, 31), false),
            ((10, 4), (110, 4), false),
            ((11, 5), (11, 5), false),
            ((5, 5), (5, 5), true),
            ((10, 10), (100, 100), false),
        ];
        for ((selected, abandoned), of_office, expected) in cases {
            let found = Abandoned {
                office: Office::of_number(5301).unwrap(),
                enterprise: "A".to_owned(),
                selected,
                abandoned,
                of_office,
            };
            assert_eq!(is_alarming(&found), expected, "{found:?}");
        }
    }
}
