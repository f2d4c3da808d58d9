//! Tokens: given out and taken back.

use std::collections::BTreeSet;

use greenlane_access::Action;
use greenlane_desk::Problem;
use greenlane_desk::actions::tokens::{TokenWish, give_out};

use super::world::world;

#[tokio::test]
async fn a_token_is_good_for_1_to_366_days() {
    let world = world().await;
    for (days, good) in [(0, false), (1, true), (366, true), (367, false)] {
        let wish = TokenWish {
            account: None,
            name: "broker system".to_owned(),
            scopes: BTreeSet::from([Action::Decide]),
            days: Some(days),
        };
        let given = give_out(&world.office.desk, &world.office.machine(), wish).await;
        assert_eq!(given.is_ok(), good, "{days} days");
        if let Err(error) = given {
            assert_eq!(error.problem(), Problem::Fields);
        }
    }
}
