//! Values about the witnesses of the log: its own name, whom to ask, and by which keys they sign.

use std::str::FromStr;

use greenlane_witness::{KeyKind, Origin, VerifierKey};

use super::setting::{NotThis, Setting};
use crate::callee::url_problem;

/// One witness: where it is asked, and the key with which it cosigns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessAddress {
    /// Prefix of `/add-checkpoint`, without a slash at the end.
    pub url: String,
    /// Its verifier key.
    pub key: VerifierKey,
}

/// The witnesses that are asked, each name and key once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessList(pub Vec<WitnessAddress>);

fn address(text: &str) -> Option<WitnessAddress> {
    let (url, key) = text.trim().split_once(char::is_whitespace)?;
    let key: VerifierKey = key.trim().parse().ok()?;
    let fits = key.kind() == KeyKind::Witness && url_problem(url).is_none() && !url.contains(['?', '#']);
    fits.then(|| WitnessAddress { url: url.trim_end_matches('/').to_owned(), key })
}

impl FromStr for WitnessList {
    type Err = NotThis;

    fn from_str(text: &str) -> Result<Self, NotThis> {
        let list: Vec<WitnessAddress> = text.split(',').map(address).collect::<Option<_>>().ok_or(NotThis)?;
        // Whoever has one key counts once towards a quorum, whatever names it has.
        let are_other = |(at, one): (usize, &WitnessAddress)| {
            list[..at]
                .iter()
                .all(|other| other.key.key() != one.key.key() && other.key.name() != one.key.name())
        };
        if list.iter().enumerate().all(are_other) { Ok(WitnessList(list)) } else { Err(NotThis) }
    }
}

impl Setting for WitnessList {
    const EXPECTED: &str = "`URL KEY, URL KEY`: addresses (https://, or http:// on this machine) and verifier keys of \
                            witnesses (NAME+HASH+BASE64, kind 04), each name and key once";

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Setting for Origin {
    const EXPECTED: &str = "a name such as greenlane.customs.example/log, without blanks and plus signs";

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use greenlane_witness::WitnessKey;

    use super::*;

    #[test]
    fn a_list_has_each_name_and_each_key_once() {
        let key = |name: &str, seed: u8| WitnessKey::new(name, &[seed; 32]).unwrap().public();
        let (one, two) = (key("a.example/w", 1), key("b.example/w", 2));
        let list = |text: String| text.parse::<WitnessList>();
        let read = list(format!("https://a.example/ {one},  http://127.0.0.1:8037 {two}")).unwrap();
        assert_eq!(read.0[0], WitnessAddress { url: "https://a.example".to_owned(), key: one.clone() });
        assert_eq!(read.0[1].url, "http://127.0.0.1:8037");
        for text in [
            String::new(),
            "https://a.example".to_owned(),
            format!("{one}"),
            format!("http://a.example {one}"),
            format!("https://a.example {one},"),
            format!("https://a.example {one}, https://b.example {one}"),
            format!("https://a.example {one}, https://b.example {}", key("other", 1)),
            format!("https://a.example {one}, https://b.example {}", key("a.example/w", 3)),
            "https://a.example PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW".to_owned(),
        ] {
            assert_eq!(list(text.clone()), Err(NotThis), "{text}");
        }
    }
}
