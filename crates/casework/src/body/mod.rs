//! What the log says of work (entries of kind casework) and of packs: bodies that are written and read by the same types.

mod application;
mod lot;
mod matter;
mod moved;
mod pack;
mod spot_check;
mod task;

use serde::Serialize;
use serde::de::Error as _;

pub use application::{ApplicationBody, Made as ApplicationMade, Opened, SealedBody};
pub use lot::LotBody;
pub use matter::{MatterBody, MatterMove};
pub use moved::MoveSaid;
pub use pack::{PackBody, PackKept, PackMoved};
pub use spot_check::{SpotCheckBody, SpotCheckMove, SpotDraw};
pub use task::{OfficerDraw, TaskBody};

/// Body of any entry of kind casework.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CaseworkBody {
    /// A task was moved.
    Task(Box<TaskBody>),
    /// An inspection lot was moved.
    Lot(LotBody),
    /// A later item of a lot was drawn for.
    SpotCheck(SpotCheckBody),
    /// An application was made or moved.
    Application(Box<ApplicationBody>),
    /// Something was done with a draft that is private.
    Sealed(SealedBody),
    /// A matter was moved to another office.
    Matter(MatterBody),
}

impl CaseworkBody {
    /// Reads the body of an entry about a subject such as `task/7`.
    ///
    /// # Errors
    /// It is no body of an entry about that.
    pub fn read(subject: &str, body: &[u8]) -> Result<CaseworkBody, serde_json::Error> {
        match subject.split_once('/').map(|(of, _)| of) {
            Some("task") => TaskBody::read(body).map(|body| CaseworkBody::Task(Box::new(body))),
            Some("lot") => LotBody::read(body).map(CaseworkBody::Lot),
            Some("spot-check") => SpotCheckBody::read(body).map(CaseworkBody::SpotCheck),
            Some("application") if is_sealed(body)? => SealedBody::read(body).map(CaseworkBody::Sealed),
            Some("application") => {
                ApplicationBody::read(body).map(|body| CaseworkBody::Application(Box::new(body)))
            }
            Some("waiver") => {
                ApplicationBody::read_waiver(body).map(|body| CaseworkBody::Application(Box::new(body)))
            }
            Some("matter") => MatterBody::read(body).map(CaseworkBody::Matter),
            _ => Err(serde_json::Error::custom(format!("`{subject}` is no subject of work"))),
        }
    }

    /// Who did it, or `greenlane` for what happens by itself; `None` where the log names nobody: a draw, or a sealed draft.
    #[must_use]
    pub fn person(&self) -> Option<&str> {
        match self {
            CaseworkBody::Task(body) => Some(&body.person),
            CaseworkBody::Lot(body) => Some(&body.person),
            CaseworkBody::Application(body) => Some(&body.person),
            CaseworkBody::Matter(body) => Some(&body.person),
            CaseworkBody::SpotCheck(_) | CaseworkBody::Sealed(_) => None,
        }
    }

    /// Why it was done; `None` where the log says nothing of it.
    #[must_use]
    pub fn ground(&self) -> Option<&str> {
        let ground = match self {
            CaseworkBody::Task(body) => &body.ground,
            CaseworkBody::Application(body) => &body.ground,
            CaseworkBody::Matter(body) => &body.ground,
            CaseworkBody::Lot(_) | CaseworkBody::SpotCheck(_) | CaseworkBody::Sealed(_) => return None,
        };
        Some(ground.as_str()).filter(|ground| !ground.is_empty())
    }
}

/// Whether an entry says only that something was kept.
fn is_sealed(body: &[u8]) -> Result<bool, serde_json::Error> {
    let value: serde_json::Value = serde_json::from_slice(body)?;
    Ok(value.get("sealed").is_some())
}

/// A body as JSON. Bodies are made of texts, numbers, lists and maps by text, which can always be written; one that could not be would
/// stop its transaction rather than stand in the log as something else.
fn written(body: &impl Serialize) -> Vec<u8> {
    serde_json::json!(body).to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asserts that a body is written as that text, and read again as it was.
    pub(super) fn same<B: PartialEq + std::fmt::Debug>(
        body: &B,
        text: &str,
        written: impl Fn(&B) -> Vec<u8>,
        read: impl Fn(&[u8]) -> Result<B, serde_json::Error>,
    ) {
        assert_eq!(String::from_utf8(written(body)).unwrap(), text);
        assert_eq!(&read(text.as_bytes()).unwrap(), body);
    }

    const TASK: &str = r#"{"task":5,"matter":"M1","follows":null,"move":"claim","from":"waiting","to":"claimed","measure":"11","visit":null,"person":"li","ground":""}"#;

    #[test]
    fn the_subject_says_which_body_an_entry_has() {
        let lot = r#"{"lot":3,"producer":"1","name":"A","move":"begin","from":"untested","to":"testing","round":1,"matter":"M1","measure":"2a","person":"greenlane"}"#;
        let matter = r#"{"matter":"M1","move":"move","from":"0022","to":"2201","tasks":[],"person":"sun","ground":"转关"}"#;
        let spot = r#"{"matter":"M1","move":"spot_check","measure":"2a","draw":{"epoch":"2024-11-25","algorithm":"hmac-sha256","basis":"ab","stage":"on-site-lot","rate":"0.1","u":"00000000000000ff","selected":true}}"#;
        let sealed = r#"{"application":7,"sealed":"ab"}"#;
        let cases = [
            ("task/5", TASK, Some("li"), None),
            ("lot/3", lot, Some("greenlane"), None),
            ("matter/M/1", matter, Some("sun"), Some("转关")),
            ("spot-check/M1", spot, None, None),
            ("application/7", sealed, None, None),
        ];
        for (subject, body, person, ground) in cases {
            let read = CaseworkBody::read(subject, body.as_bytes()).unwrap();
            assert_eq!((read.person(), read.ground()), (person, ground), "{subject}");
            let others = cases.iter().filter(|other| other.0 != subject);
            for (other, ..) in others {
                assert!(CaseworkBody::read(other, body.as_bytes()).is_err(), "{body} about {other}");
            }
        }
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        for subject in ["", "task", "enterprise/3", "tasks/5"] {
            let error = CaseworkBody::read(subject, TASK.as_bytes()).unwrap_err();
            assert_eq!(error.to_string(), format!("`{subject}` is no subject of work"));
        }
        let cut = CaseworkBody::read("application/7", br#"{"application":7,"sealed"#).unwrap_err();
        assert!(cut.to_string().starts_with("EOF while parsing"), "{cut}");
        let both = br#"{"application":7,"sealed":"ab","person":"li"}"#;
        assert!(CaseworkBody::read("application/7", both).is_err());
    }
}
