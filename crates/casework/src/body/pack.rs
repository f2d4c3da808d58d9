//! What the log says of a pack on its way into force.

use greenlane_terms::calendar::Day;
use greenlane_terms::numbers::PackNumber;
use serde::{Deserialize, Serialize};

use super::written;
use crate::release::ReleaseState;

/// Body of an entry about a pack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum PackBody {
    /// It was moved.
    Moved(PackMoved),
    /// It came into the store. Only logs that began before packs were approved say so.
    Kept(PackKept),
}

/// What an entry says about a move of a pack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackMoved {
    /// Its number.
    pub pack: PackNumber,
    /// Its identifier.
    pub id: String,
    /// Hash of its files.
    pub hash: String,
    /// The state to which it came.
    pub state: ReleaseState,
    /// Who moved it.
    pub person: String,
    /// First day in force, for what is law.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Day>,
    /// Why, if it was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What an entry of an early log says about a pack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackKept {
    /// Its number.
    pub pack: PackNumber,
    /// Its identifier.
    pub id: String,
    /// Hash of its files.
    pub hash: String,
}

impl PackBody {
    /// Reads the body of an entry.
    ///
    /// # Errors
    /// It is none.
    pub fn read(body: &[u8]) -> Result<PackBody, serde_json::Error> {
        let value: serde_json::Value = serde_json::from_slice(body)?;
        match value.get("state") {
            Some(_) => serde_json::from_value(value).map(PackBody::Moved),
            None => serde_json::from_value(value).map(PackBody::Kept),
        }
    }

    /// As it stands in the log.
    #[must_use]
    pub fn written(&self) -> Vec<u8> {
        written(self)
    }

    /// The number of the pack.
    #[must_use]
    pub const fn pack(&self) -> PackNumber {
        match self {
            PackBody::Moved(PackMoved { pack, .. }) | PackBody::Kept(PackKept { pack, .. }) => *pack,
        }
    }

    /// Who moved it; `None` where nobody is named.
    #[must_use]
    pub fn person(&self) -> Option<&str> {
        match self {
            PackBody::Moved(moved) => Some(&moved.person),
            PackBody::Kept(_) => None,
        }
    }

    /// The state to which it came; `None` where none is named.
    #[must_use]
    pub const fn state(&self) -> Option<ReleaseState> {
        match self {
            PackBody::Moved(moved) => Some(moved.state),
            PackBody::Kept(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::tests::same;

    #[test]
    fn what_is_written_is_read_again_in_the_words_of_earlier_versions() {
        let moved = PackMoved {
            pack: PackNumber::new(2),
            id: "cn-gacc-2024-36".into(),
            hash: "ab".into(),
            state: ReleaseState::Submitted,
            person: "li".into(),
            from: None,
            reason: None,
        };
        let submitted = PackBody::Moved(moved.clone());
        let text = r#"{"pack":2,"id":"cn-gacc-2024-36","hash":"ab","state":"submitted","person":"li"}"#;
        same(&submitted, text, PackBody::written, PackBody::read);
        let asked = PackBody::Moved(PackMoved {
            state: ReleaseState::WithdrawalRequested,
            from: Some(Day::parse("2024-02-29").unwrap()),
            reason: Some("错".into()),
            ..moved
        });
        let with_all = r#"{"pack":2,"id":"cn-gacc-2024-36","hash":"ab","state":"withdrawal_requested","person":"li","from":"2024-02-29","reason":"错"}"#;
        same(&asked, with_all, PackBody::written, PackBody::read);
        assert_eq!((asked.person(), asked.state()), (Some("li"), Some(ReleaseState::WithdrawalRequested)));
        let other = text.replace("submitted", "posted");
        let error = PackBody::read(other.as_bytes()).unwrap_err();
        assert!(error.to_string().starts_with("`posted` is no state of a pack"), "{error}");
        let no_state = text.replace("\"state\":\"submitted\",", "");
        for bad in [no_state, text.replace("\"pack\":2,", ""), "{}".into(), "pack".into()] {
            assert!(PackBody::read(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_pack_of_an_early_log_names_nobody() {
        let kept = PackBody::Kept(PackKept { pack: PackNumber::new(1), id: "cn".into(), hash: "ab".into() });
        same(&kept, r#"{"pack":1,"id":"cn","hash":"ab"}"#, PackBody::written, PackBody::read);
        assert_eq!((kept.pack(), kept.person(), kept.state()), (PackNumber::new(1), None, None));
    }
}
