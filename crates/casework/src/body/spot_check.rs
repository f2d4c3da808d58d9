//! What the log says of a spot check: whether a later item of a lot is inspected on site all the same.

use greenlane_selection::{Algorithm, Draw, Epoch};
use greenlane_terms::Stage;
use serde::{Deserialize, Serialize};

use super::written;

/// Body of an entry about a spot check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpotCheckBody {
    /// The goods item.
    pub matter: String,
    /// The move.
    #[serde(rename = "move")]
    pub step: SpotCheckMove,
    /// The measure on which it rests.
    pub measure: String,
    /// The draw.
    pub draw: SpotDraw,
}

/// What is done with a later item of a lot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SpotCheckMove {
    /// It is drawn for.
    #[serde(rename = "spot_check")]
    SpotCheck,
}

/// A draw with what anybody needs to make it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpotDraw {
    /// The day whose key drew.
    pub epoch: Epoch,
    /// The keyed hash.
    pub algorithm: Algorithm,
    /// Hash of the pack.
    pub basis: String,
    /// For what.
    pub stage: Stage,
    /// How many of the items are selected, as a decimal number.
    pub rate: String,
    /// The draw.
    pub u: Draw,
    /// Whether the item is inspected on site.
    pub selected: bool,
}

impl SpotCheckBody {
    /// What the subject of such an entry begins with, before the matter.
    pub const SUBJECT: &str = "spot-check/";

    /// The spot check of an item of a lot (measure 2a).
    #[must_use]
    pub fn of(matter: &str, draw: SpotDraw) -> SpotCheckBody {
        let (matter, measure) = (matter.to_owned(), "2a".to_owned());
        SpotCheckBody { matter, step: SpotCheckMove::SpotCheck, measure, draw }
    }

    /// Reads the body of an entry.
    ///
    /// # Errors
    /// It is none.
    pub fn read(body: &[u8]) -> Result<SpotCheckBody, serde_json::Error> {
        serde_json::from_slice(body)
    }

    /// As it stands in the log.
    #[must_use]
    pub fn written(&self) -> Vec<u8> {
        written(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::tests::same;

    #[test]
    fn what_is_written_is_read_again_in_the_words_of_earlier_versions() {
        let draw = SpotDraw {
            epoch: "2024-11-25".to_owned().try_into().unwrap(),
            algorithm: Algorithm::HmacSha256,
            basis: "ab".into(),
            stage: Stage::OnSiteLot,
            rate: "0.1".into(),
            u: Draw::from_u64(255),
            selected: true,
        };
        let text = r#"{"matter":"M1#2","move":"spot_check","measure":"2a","draw":{"epoch":"2024-11-25","algorithm":"hmac-sha256","basis":"ab","stage":"on-site-lot","rate":"0.1","u":"00000000000000ff","selected":true}}"#;
        same(&SpotCheckBody::of("M1#2", draw), text, SpotCheckBody::written, SpotCheckBody::read);
        for (of, by) in [("true", "\"true\""), ("on-site-lot", "lot"), ("\"spot_check\"", "\"claim\"")] {
            let bad = text.replacen(of, by, 1);
            assert!(SpotCheckBody::read(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
