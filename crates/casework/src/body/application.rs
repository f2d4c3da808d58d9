//! What the log says of an application, also of a draft that is sealed until it is submitted.

use greenlane_terms::Office;
use greenlane_terms::calendar::Day;
use greenlane_terms::numbers::{ApplicationNumber, EntryNumber};
use serde::de::Error as _;
use serde::{Deserialize, Serialize};
use serde_json::{Error, Map, Value};

use super::written;
use crate::application::{AnyState, ApplicationKind, ApplicationStep};
use crate::names::by_name;

/// Body of an entry about an application. `S` is how a state stands in it: by its name until the kind is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplicationBody<S = AnyState> {
    /// Its number.
    pub application: ApplicationNumber,
    /// What is asked for.
    pub kind: ApplicationKind,
    /// The enterprise, as the application names it.
    pub applicant: String,
    /// Customs office, by its number.
    #[serde(with = "office_number")]
    pub office: Office,
    /// The reform that an admission is to.
    pub programme: Option<String>,
    /// The state after the move.
    pub to: S,
    /// The last day for what has to be done next.
    pub due_on: Option<Day>,
    /// First day of validity.
    pub valid_from: Option<Day>,
    /// Last day of validity.
    pub valid_to: Option<Day>,
    /// Login, or `greenlane` for what happens by itself.
    pub person: String,
    /// Why; may be empty.
    pub ground: String,
    /// The move.
    #[serde(rename = "move")]
    pub step: Made,
    /// The state before it; `None` for a new application.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<S>,
    /// The measure on which it rests; `None` for a new application.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measure: Option<String>,
    /// Entry of the decision on which it rests. `None`: nothing is said of one, since the application is new or the registry
    /// made it rest.
    #[serde(default, deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub decision: Option<Option<EntryNumber>>,
    /// What a new application states, or what a move adds to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub facts: Option<Map<String, Value>>,
    /// The day of what was done, or the last day for what is to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on: Option<Day>,
    /// The draft that was sealed until this move.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opened: Option<Opened<S>>,
}

/// How an application came to its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    /// It is new.
    Create,
    /// It was moved.
    Step(ApplicationStep),
}

/// A draft that was sealed, for whoever checks what had been sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened<S = AnyState> {
    /// 32 random bytes, in hexadecimal digits.
    pub seal: String,
    /// What the entry of its making would have said.
    pub created: Box<ApplicationBody<S>>,
}

/// Body of an entry about a draft that is private: that something was kept, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedBody {
    /// Number of the application.
    pub application: ApplicationNumber,
    /// A hash of the body that the entry would have, in hexadecimal digits.
    pub sealed: String,
}

/// Body of an entry of a log that began when waivers were the only applications.
#[derive(Deserialize)]
struct WaiverBody {
    waiver: ApplicationNumber,
    applicant: String,
    #[serde(with = "office_number")]
    office: Office,
    #[serde(rename = "move")]
    step: Made,
    /// Empty for a new one.
    from: String,
    to: String,
    valid_from: Option<Day>,
    valid_to: Option<Day>,
    decision: Option<EntryNumber>,
    person: String,
    ground: String,
    measure: Option<String>,
    facts: Option<Map<String, Value>>,
}

impl Made {
    /// As in the log.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Made::Create => "create",
            Made::Step(step) => step.name(),
        }
    }

    /// What is called that.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Made> {
        let step = || ApplicationStep::of_name(name).map(Made::Step);
        if name == Made::Create.name() { Some(Made::Create) } else { step() }
    }
}

by_name!(Made, "move of an application");

impl ApplicationBody {
    /// Reads the body of an entry about an application that is not sealed.
    ///
    /// # Errors
    /// It is none.
    pub fn read(body: &[u8]) -> Result<ApplicationBody, Error> {
        serde_json::from_slice::<ApplicationBody<String>>(body)?.with_states()
    }

    /// Reads the body of an entry about a waiver (subject `waiver/NUMBER`), as no version writes it any more.
    ///
    /// # Errors
    /// It is none.
    pub fn read_waiver(body: &[u8]) -> Result<ApplicationBody, Error> {
        let of: WaiverBody = serde_json::from_slice(body)?;
        let named = ApplicationBody {
            application: of.waiver,
            kind: ApplicationKind::GuaranteeWaiver,
            applicant: of.applicant,
            office: of.office,
            programme: None,
            to: of.to,
            due_on: None,
            valid_from: of.valid_from,
            valid_to: of.valid_to,
            person: of.person,
            ground: of.ground,
            step: of.step,
            from: Some(of.from).filter(|name| !name.is_empty()),
            measure: of.measure,
            decision: Some(of.decision),
            facts: of.facts,
            on: None,
            opened: None,
        };
        named.with_states()
    }

    /// As it stands in the log, where a seal is over the same bytes.
    #[must_use]
    pub fn written(&self) -> Vec<u8> {
        written(self)
    }
}

impl ApplicationBody<String> {
    /// The same with the states of its kind.
    fn with_states(self) -> Result<ApplicationBody, Error> {
        let kind = self.kind;
        let state = |name: String| {
            let none = || Error::custom(format!("`{name}` is no state of a {}", kind.name()));
            kind.state(&name).ok_or_else(none)
        };
        if (self.step == Made::Create) != self.from.is_none() {
            return Err(Error::custom("what is moved has a state before, and what is new has none"));
        }
        Ok(ApplicationBody {
            application: self.application,
            kind,
            applicant: self.applicant,
            office: self.office,
            programme: self.programme,
            to: state(self.to)?,
            due_on: self.due_on,
            valid_from: self.valid_from,
            valid_to: self.valid_to,
            person: self.person,
            ground: self.ground,
            step: self.step,
            from: self.from.map(state).transpose()?,
            measure: self.measure,
            decision: self.decision,
            facts: self.facts,
            on: self.on,
            opened: self.opened.map(Opened::with_states).transpose()?,
        })
    }
}

impl Opened<String> {
    fn with_states(self) -> Result<Opened, Error> {
        Ok(Opened { seal: self.seal, created: Box::new(self.created.with_states()?) })
    }
}

impl SealedBody {
    /// Reads the body of an entry.
    ///
    /// # Errors
    /// It is none.
    pub fn read(body: &[u8]) -> Result<SealedBody, Error> {
        serde_json::from_slice(body)
    }

    /// As it stands in the log.
    #[must_use]
    pub fn written(&self) -> Vec<u8> {
        written(self)
    }
}

/// A field that is there, though it may be null.
fn said<'de, D: serde::Deserializer<'de>>(field: D) -> Result<Option<Option<EntryNumber>>, D::Error> {
    Option::deserialize(field).map(Some)
}

/// An office as a bare number.
mod office_number {
    use greenlane_terms::Office;
    use serde::de::{Deserializer, Error as _};
    use serde::{Deserialize as _, Serializer};

    pub(super) fn serialize<S: Serializer>(office: &Office, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u16(office.number())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Office, D::Error> {
        Office::try_from(i64::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::application::{DisclosureState, WaiverState};
    use crate::body::tests::same;

    const CREATED: &str = r#"{"application":7,"kind":"voluntary_disclosure","applicant":"3101910012","office":22,"programme":null,"to":"draft","due_on":null,"valid_from":null,"valid_to":null,"person":"acme","ground":"","move":"create","facts":{}}"#;
    const SUBMITTED: &str = r#"{"application":7,"kind":"voluntary_disclosure","applicant":"3101910012","office":22,"programme":null,"to":"submitted","due_on":"2024-02-29","valid_from":null,"valid_to":null,"person":"acme","ground":"","move":"submit","from":"draft","measure":"8","decision":null}"#;

    fn created() -> ApplicationBody {
        ApplicationBody {
            application: ApplicationNumber::new(7),
            kind: ApplicationKind::VoluntaryDisclosure,
            applicant: "3101910012".into(),
            office: Office::parse("0022").unwrap(),
            programme: None,
            to: AnyState::VoluntaryDisclosure(DisclosureState::Draft),
            due_on: None,
            valid_from: None,
            valid_to: None,
            person: "acme".into(),
            ground: String::new(),
            step: Made::Create,
            from: None,
            measure: None,
            decision: None,
            facts: Some(Map::new()),
            on: None,
            opened: None,
        }
    }

    fn submitted() -> ApplicationBody {
        ApplicationBody {
            to: AnyState::VoluntaryDisclosure(DisclosureState::Submitted),
            due_on: Day::parse("2024-02-29"),
            step: Made::Step(ApplicationStep::Submit),
            from: Some(AnyState::VoluntaryDisclosure(DisclosureState::Draft)),
            measure: Some("8".into()),
            decision: Some(None),
            facts: None,
            ..created()
        }
    }

    /// The text of an object with more fields.
    fn with(text: &str, fields: &str) -> String {
        format!("{},{fields}}}", text.strip_suffix('}').unwrap())
    }

    #[test]
    fn what_is_written_is_read_again_in_the_words_of_earlier_versions() {
        let (written, read) = (ApplicationBody::written, ApplicationBody::read);
        same(&created(), CREATED, written, read);
        let facts: Map<String, Value> =
            serde_json::from_str(r#"{"violation_on":"2024-01-01","a":null}"#).unwrap();
        let stated = ApplicationBody { facts: Some(facts.clone()), ..created() };
        same(&stated, &CREATED.replace("{}", r#"{"violation_on":"2024-01-01","a":null}"#), written, read);
        same(&submitted(), SUBMITTED, written, read);
        let on_decision = ApplicationBody { decision: Some(Some(EntryNumber::new(31))), ..submitted() };
        same(&on_decision, &SUBMITTED.replace("\"decision\":null", "\"decision\":31"), written, read);
        let all = ApplicationBody { facts: Some(facts), on: Day::parse("2024-03-01"), ..submitted() };
        let more = r#""facts":{"violation_on":"2024-01-01","a":null},"on":"2024-03-01""#;
        same(&all, &with(SUBMITTED, more), written, read);
    }

    #[test]
    fn what_the_registry_makes_rest_rests_on_no_decision() {
        let rests = ApplicationBody {
            kind: ApplicationKind::GuaranteeWaiver,
            to: AnyState::GuaranteeWaiver(WaiverState::Suspended),
            person: "greenlane".into(),
            ground: "registry".into(),
            step: Made::Step(ApplicationStep::Suspend),
            from: Some(AnyState::GuaranteeWaiver(WaiverState::InForce)),
            measure: Some("7".into()),
            facts: None,
            ..created()
        };
        let text = r#"{"application":7,"kind":"guarantee_waiver","applicant":"3101910012","office":22,"programme":null,"to":"suspended","due_on":null,"valid_from":null,"valid_to":null,"person":"greenlane","ground":"registry","move":"suspend","from":"in_force","measure":"7"}"#;
        same(&rests, text, ApplicationBody::written, ApplicationBody::read);
    }

    #[test]
    fn a_sealed_draft_says_nothing_and_is_opened_with_the_bytes_that_were_sealed() {
        let sealed = SealedBody { application: ApplicationNumber::new(7), sealed: "ab".into() };
        same(&sealed, r#"{"application":7,"sealed":"ab"}"#, SealedBody::written, SealedBody::read);
        let opened = Opened { seal: "cd".into(), created: Box::new(created()) };
        let body = ApplicationBody { opened: Some(opened), ..submitted() };
        let text = with(SUBMITTED, &format!(r#""opened":{{"seal":"cd","created":{CREATED}}}"#));
        same(&body, &text, ApplicationBody::written, ApplicationBody::read);
        let read = ApplicationBody::read(text.as_bytes()).unwrap().opened.unwrap();
        assert_eq!(read.created.written(), CREATED.as_bytes());
        let other = text.replace("\"to\":\"draft\"", "\"to\":\"in_force\"");
        assert!(ApplicationBody::read(other.as_bytes()).is_err(), "{other}");
    }

    #[test]
    fn a_waiver_of_an_early_log_is_an_application() {
        let text = r#"{"waiver":3,"applicant":"3101910012","office":5301,"move":"create","from":"","to":"draft","valid_from":null,"valid_to":null,"decision":null,"person":"acme","ground":"","facts":{}}"#;
        let new = ApplicationBody::read_waiver(text.as_bytes()).unwrap();
        let expected = (Made::Create, None, AnyState::GuaranteeWaiver(WaiverState::Draft));
        assert_eq!((new.step, new.from, new.to), expected);
        let text = r#"{"waiver":3,"applicant":"3101910012","office":5301,"move":"begin","from":"approved","to":"in_force","valid_from":"2024-02-29","valid_to":null,"decision":31,"person":"greenlane","ground":"","measure":"7"}"#;
        let begun = ApplicationBody::read_waiver(text.as_bytes()).unwrap();
        assert_eq!(
            (begun.valid_from, begun.decision.flatten()),
            (Day::parse("2024-02-29"), Some(EntryNumber::new(31)))
        );
        for (of, by) in [("\"approved\"", "\"\""), ("\"in_force\"", "\"eligible\""), ("5301", "\"5301\"")] {
            let bad = text.replacen(of, by, 1);
            assert!(ApplicationBody::read_waiver(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_no_move_of_an_application_is_not_read() {
        let other_kind = SUBMITTED.replace("voluntary_disclosure", "admission_of_guilt");
        let other_state = SUBMITTED.replace("\"submitted\"", "\"in_force\"");
        let other_move = SUBMITTED.replace("\"submit\"", "\"vanish\"");
        let no_state_before = SUBMITTED.replace("\"from\":\"draft\",", "");
        let state_before_the_first = with(CREATED, "\"from\":\"draft\"");
        let office_as_text = SUBMITTED.replace("\"office\":22", "\"office\":\"0022\"");
        let no_office = SUBMITTED.replace("\"office\":22", "\"office\":10000");
        for bad in [
            other_kind,
            other_state,
            other_move,
            no_state_before,
            state_before_the_first,
            office_as_text,
            no_office,
        ] {
            assert!(ApplicationBody::read(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
