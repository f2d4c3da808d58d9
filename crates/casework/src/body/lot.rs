//! What the log says of an inspection lot.

use greenlane_terms::numbers::LotNumber;
use serde::{Deserialize, Serialize};

use super::written;
use crate::lot::{LotMove, LotState};

/// Body of an entry about a move of an inspection lot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LotBody {
    /// Its number.
    pub lot: LotNumber,
    /// The producer, as matters name it.
    pub producer: String,
    /// The producer's name of it.
    pub name: String,
    /// The move.
    #[serde(rename = "move")]
    pub step: LotMove,
    /// The state before it.
    pub from: LotState,
    /// The state after it.
    pub to: LotState,
    /// Which of its rounds it is in.
    pub round: u32,
    /// The goods item that made the move.
    pub matter: String,
    /// The measure on which it rests.
    pub measure: String,
    /// Login, or `greenlane` for what happens by itself.
    pub person: String,
}

impl LotBody {
    /// Reads the body of an entry.
    ///
    /// # Errors
    /// It is none.
    pub fn read(body: &[u8]) -> Result<LotBody, serde_json::Error> {
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

    const BEGUN: &str = r#"{"lot":3,"producer":"3101910012","name":"CHEM-A","move":"begin","from":"untested","to":"testing","round":1,"matter":"M1#1","measure":"2a","person":"greenlane"}"#;

    #[test]
    fn what_is_written_is_read_again_in_the_words_of_earlier_versions() {
        let begun = LotBody {
            lot: LotNumber::new(3),
            producer: "3101910012".into(),
            name: "CHEM-A".into(),
            step: LotMove::Begin,
            from: LotState::Untested,
            to: LotState::Testing,
            round: 1,
            matter: "M1#1".into(),
            measure: "2a".into(),
            person: "greenlane".into(),
        };
        same(&begun, BEGUN, LotBody::written, LotBody::read);
        for (of, by) in [("begin", "claim"), ("\"testing\"", "\"claimed\""), ("\"round\":1,", "")] {
            let bad = BEGUN.replacen(of, by, 1);
            assert!(LotBody::read(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
