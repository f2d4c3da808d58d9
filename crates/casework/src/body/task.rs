//! What the log says of a task.

use std::collections::BTreeSet;

use greenlane_selection::{Algorithm, Epoch, OfficerPick};
use greenlane_terms::numbers::{EventNumber, TaskNumber};
use serde::de::Error as _;
use serde::{Deserialize, Serialize};

use super::written;
use crate::finding::Outcome;
use crate::task::{TaskMove, TaskState};

/// Body of an entry about a move of a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskBody {
    /// Its number.
    pub task: TaskNumber,
    /// The matter that it is.
    pub matter: String,
    /// The matter whose decision made it, if that is another one.
    pub follows: Option<String>,
    /// The move.
    #[serde(rename = "move")]
    pub step: TaskMove,
    /// The state before it.
    pub from: TaskState,
    /// The state after it.
    pub to: TaskState,
    /// The measure on which it rests.
    pub measure: String,
    /// The first task of the visit that it is part of. Logs that began before there were visits do not have it.
    pub visit: Option<TaskNumber>,
    /// Login, or `greenlane` for what happens by itself.
    pub person: String,
    /// Why; may be empty.
    pub ground: String,
    /// How an officer was drawn, if one was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub draw: Option<OfficerDraw>,
    /// What was found, if it was completed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// Events of the registry that say so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<EventNumber>,
    /// Who had it, if it lapsed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub officer: Option<String>,
}

/// The proof that an officer was drawn: whoever knows the key of the day can draw again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfficerDraw {
    /// The day whose key drew.
    pub epoch: Epoch,
    /// The keyed hash.
    pub algorithm: Algorithm,
    /// Hash of the pack.
    pub basis: String,
    /// Logins that were left out.
    pub except: BTreeSet<String>,
    /// Everyone eligible with their draw, and who was drawn.
    pub pick: OfficerPick,
}

impl TaskBody {
    /// Reads the body of an entry.
    ///
    /// # Errors
    /// It is none, or it lacks what its move has to say.
    pub fn read(body: &[u8]) -> Result<TaskBody, serde_json::Error> {
        let body: TaskBody = serde_json::from_slice(body)?;
        match body.step {
            TaskMove::Draw if body.draw.is_none() => Err(serde_json::Error::custom("missing field `draw`")),
            TaskMove::Complete if body.outcome.is_none() => {
                Err(serde_json::Error::custom("missing field `outcome`"))
            }
            _ => Ok(body),
        }
    }

    /// As it stands in the log.
    #[must_use]
    pub fn written(&self) -> Vec<u8> {
        written(self)
    }
}

#[cfg(test)]
mod tests {
    use greenlane_selection::{Candidate, Draw};

    use super::*;
    use crate::body::tests::same;
    use crate::finding::Mode;

    const CLAIMED: &str = r#"{"task":5,"matter":"task/sampling/M1","follows":"M1","move":"claim","from":"waiting","to":"claimed","measure":"11","visit":null,"person":"li","ground":""}"#;

    fn claimed() -> TaskBody {
        TaskBody {
            task: TaskNumber::new(5),
            matter: "task/sampling/M1".into(),
            follows: Some("M1".into()),
            step: TaskMove::Claim,
            from: TaskState::Waiting,
            to: TaskState::Claimed,
            measure: "11".into(),
            visit: None,
            person: "li".into(),
            ground: String::new(),
            draw: None,
            outcome: None,
            events: Vec::new(),
            officer: None,
        }
    }

    #[test]
    fn what_is_written_is_read_again_in_the_words_of_earlier_versions() {
        let read = TaskBody::read;
        same(&claimed(), CLAIMED, TaskBody::written, read);
        let visit = TaskBody { visit: Some(TaskNumber::new(4)), follows: None, ..claimed() };
        let text = CLAIMED
            .replace("\"visit\":null", "\"visit\":4")
            .replace("\"follows\":\"M1\"", "\"follows\":null");
        same(&visit, &text, TaskBody::written, read);
        let lapsed = TaskBody {
            step: TaskMove::Lapse,
            from: TaskState::Claimed,
            to: TaskState::Waiting,
            person: "greenlane".into(),
            officer: Some("li".into()),
            ..claimed()
        };
        let text = r#"{"task":5,"matter":"task/sampling/M1","follows":"M1","move":"lapse","from":"claimed","to":"waiting","measure":"11","visit":null,"person":"greenlane","ground":"","officer":"li"}"#;
        same(&lapsed, text, TaskBody::written, read);
        // The first logs had no visits.
        let earlier = CLAIMED.replace("\"visit\":null,", "");
        assert_eq!(read(earlier.as_bytes()).unwrap(), claimed());
    }

    #[test]
    fn a_completed_task_says_what_was_found_and_its_events_if_there_are_any() {
        let outcome =
            Outcome { mode: Mode::OnSite, findings: Vec::new(), text: "无".into(), attachments: Vec::new() };
        let done = TaskBody {
            step: TaskMove::Complete,
            from: TaskState::Claimed,
            to: TaskState::Completed,
            ground: "task/5".into(),
            outcome: Some(outcome),
            ..claimed()
        };
        let text = r#"{"task":5,"matter":"task/sampling/M1","follows":"M1","move":"complete","from":"claimed","to":"completed","measure":"11","visit":null,"person":"li","ground":"task/5","outcome":{"mode":"on_site","findings":[],"text":"无"}}"#;
        same(&done, text, TaskBody::written, TaskBody::read);
        let counted = TaskBody { events: vec![EventNumber::new(9)], ..done };
        let text = format!("{},\"events\":[9]}}", text.strip_suffix('}').unwrap());
        same(&counted, &text, TaskBody::written, TaskBody::read);
    }

    #[test]
    fn a_drawn_officer_stands_with_the_proof() {
        let candidate = Candidate { officer: "li".into(), draw: Draw::from_u64(1) };
        let draw = OfficerDraw {
            epoch: "2024-11-25".to_owned().try_into().unwrap(),
            algorithm: Algorithm::HmacSm3,
            basis: "ab".into(),
            except: BTreeSet::from(["wang".to_owned()]),
            pick: OfficerPick { chosen: "li".into(), candidates: vec![candidate] },
        };
        let drawn = TaskBody { step: TaskMove::Draw, to: TaskState::Waiting, draw: Some(draw), ..claimed() };
        let text = r#"{"task":5,"matter":"task/sampling/M1","follows":"M1","move":"draw","from":"waiting","to":"waiting","measure":"11","visit":null,"person":"li","ground":"","draw":{"epoch":"2024-11-25","algorithm":"hmac-sm3","basis":"ab","except":["wang"],"pick":{"chosen":"li","candidates":[{"officer":"li","draw":"0000000000000001"}]}}}"#;
        same(&drawn, text, TaskBody::written, TaskBody::read);
    }

    #[test]
    fn what_is_no_move_of_a_task_is_not_read() {
        let no_person = CLAIMED.replace("\"person\":\"li\",", "");
        let other_move = CLAIMED.replace("\"claim\"", "\"seize\"");
        let other_state = CLAIMED.replace("\"to\":\"claimed\"", "\"to\":\"valid\"");
        let no_draw = CLAIMED.replace("\"claim\"", "\"draw\"");
        let no_outcome = CLAIMED.replace("\"claim\"", "\"complete\"");
        for bad in [no_person, other_move, other_state, no_draw, no_outcome, "{}".into(), "claim".into()] {
            assert!(TaskBody::read(bad.as_bytes()).is_err(), "{bad}");
        }
        let other_move = TaskBody::read(CLAIMED.replace("\"claim\"", "\"seize\"").as_bytes()).unwrap_err();
        assert!(other_move.to_string().starts_with("`seize` is no move of a task"), "{other_move}");
    }
}
