//! Values about an identity provider: its issuer, this server's own address, names.

use url::Url;

use super::setting::{NotThis, Setting};
use crate::callee::url_problem;

/// The issuer of an identity provider, to the letter as it calls itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer(String);

impl Issuer {
    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for Issuer {
    type Err = NotThis;

    fn from_str(text: &str) -> Result<Self, NotThis> {
        let url = address(text).ok_or(NotThis)?;
        let is_bare = url.query().is_none() && url.fragment().is_none();
        is_bare.then(|| Issuer(text.to_owned())).ok_or(NotThis)
    }
}

/// Where browsers reach this server: scheme, host and port, without a slash at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl(String);

impl PublicUrl {
    /// Without a slash at the end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for PublicUrl {
    type Err = NotThis;

    fn from_str(text: &str) -> Result<Self, NotThis> {
        let url = address(text).ok_or(NotThis)?;
        let is_origin = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        is_origin.then(|| PublicUrl(url.origin().ascii_serialization())).ok_or(NotThis)
    }
}

/// A name without blanks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visible(String);

impl Visible {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for Visible {
    type Err = NotThis;

    fn from_str(text: &str) -> Result<Self, NotThis> {
        let fits = (1..=200).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| Visible(text.to_owned())).ok_or(NotThis)
    }
}

/// An address that is encrypted, or on this machine.
fn address(text: &str) -> Option<Url> {
    let fits = text.bytes().all(|byte| byte.is_ascii_graphic()) && url_problem(text).is_none();
    fits.then(|| Url::parse(text).ok())?
}

/// Values that are read by their `FromStr`.
macro_rules! parsed {
    ($($type:ty, $expected:literal;)*) => {$(
        impl Setting for $type {
            const EXPECTED: &str = $expected;

            fn read(text: &str) -> Option<Self> {
                text.parse().ok()
            }

            fn shown(text: &str) -> String {
                greenlane_store::without_password(text)
            }
        }
    )*};
}

parsed! {
    Issuer, "an address such as https://id.customs.example/realms/office; http:// only for this machine";
    PublicUrl, "an address without a path such as https://greenlane.customs.example; http:// only for this machine";
    Visible, "1 to 200 visible ASCII characters";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_encrypted_and_stays_as_written() {
        for text in ["https://id.example", "https://id.example/realms/office/", "http://127.0.0.1:9/x"] {
            assert_eq!(text.parse::<Issuer>().unwrap().as_str(), text);
        }
        for text in [
            "http://id.example",
            "https://me:x@id.example",
            "https://id.example/?a",
            "https://a b",
            "id.example",
        ] {
            assert_eq!(text.parse::<Issuer>(), Err(NotThis), "{text}");
        }
        assert_eq!(Issuer::shown("https://me:hunter2@id.example"), "https://me:***@id.example");
    }

    #[test]
    fn the_own_address_has_no_path() {
        let public = |text: &str| text.parse::<PublicUrl>().map(|url| url.as_str().to_owned());
        assert_eq!(public("https://Greenlane.example/").unwrap(), "https://greenlane.example");
        assert_eq!(public("http://127.0.0.1:8036").unwrap(), "http://127.0.0.1:8036");
        for text in ["https://greenlane.example/a", "http://greenlane.example", "https://greenlane.example?a"]
        {
            assert_eq!(public(text), Err(NotThis), "{text}");
        }
        assert_eq!("a b".parse::<Visible>(), Err(NotThis));
    }
}
