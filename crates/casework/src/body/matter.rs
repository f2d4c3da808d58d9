//! What the log says of an order that moves a matter to another office.

use greenlane_terms::Office;
use greenlane_terms::numbers::TaskNumber;
use serde::{Deserialize, Serialize};

use super::written;

/// Body of an entry about an order that moves a matter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatterBody {
    /// The matter.
    pub matter: String,
    /// The move.
    #[serde(rename = "move")]
    pub step: MatterMove,
    /// The office to which it belonged.
    pub from: Office,
    /// The office to which it belongs now.
    pub to: Office,
    /// Its tasks that moved with it.
    pub tasks: Vec<TaskNumber>,
    /// Login.
    pub person: String,
    /// Why.
    pub ground: String,
}

/// What an order does with a matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MatterMove {
    /// To another office.
    #[serde(rename = "move")]
    Move,
}

impl MatterBody {
    /// Reads the body of an entry.
    ///
    /// # Errors
    /// It is none.
    pub fn read(body: &[u8]) -> Result<MatterBody, serde_json::Error> {
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
        let office = |code| Office::parse(code).unwrap();
        let moved = MatterBody {
            matter: "M1".into(),
            step: MatterMove::Move,
            from: office("0022"),
            to: office("2201"),
            tasks: vec![TaskNumber::new(7)],
            person: "sun".into(),
            ground: "转关".into(),
        };
        let text = r#"{"matter":"M1","move":"move","from":"0022","to":"2201","tasks":[7],"person":"sun","ground":"转关"}"#;
        same(&moved, text, MatterBody::written, MatterBody::read);
        let none = MatterBody { tasks: Vec::new(), ..moved };
        same(&none, &text.replace("[7]", "[]"), MatterBody::written, MatterBody::read);
        for (of, by) in [("\"0022\"", "22"), ("\"move\":\"move\"", "\"move\":\"take\""), ("[7]", "[-7]")] {
            let bad = text.replacen(of, by, 1);
            assert!(MatterBody::read(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
