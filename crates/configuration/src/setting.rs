//! What the values of the configuration are, each read from a text.

use std::fmt;
use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;

use greenlane_store::without_password;

/// How a value is written in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// As a TOML string.
    Text,
    /// As a TOML integer.
    Number,
    /// As a TOML boolean.
    Switch,
}

/// A value of the configuration.
pub trait Setting: Sized {
    /// What a text must be, in words.
    const EXPECTED: &str;
    /// How the file has it.
    const WRITTEN: Written = Written::Text;

    /// Reads it; `None` for anything else than what is expected.
    fn read(text: &str) -> Option<Self>;

    /// What it is when nobody gives it; `None` if somebody must.
    fn unset() -> Option<Self> {
        None
    }

    /// As it may be shown to anybody.
    fn shown(text: &str) -> String {
        text.to_owned()
    }
}

impl<T: Setting> Setting for Option<T> {
    const EXPECTED: &str = T::EXPECTED;
    const WRITTEN: Written = T::WRITTEN;

    fn read(text: &str) -> Option<Self> {
        T::read(text).map(Some)
    }

    fn unset() -> Option<Self> {
        Some(None)
    }

    fn shown(text: &str) -> String {
        T::shown(text)
    }
}

/// Values that the standard library reads.
macro_rules! parsed {
    ($($type:ty, $written:ident, $expected:literal;)*) => {$(
        impl Setting for $type {
            const EXPECTED: &str = $expected;
            const WRITTEN: Written = Written::$written;

            fn read(text: &str) -> Option<Self> {
                text.parse().ok()
            }
        }
    )*};
}

parsed! {
    SocketAddr, Text, "an address and port such as 127.0.0.1:8036";
    NonZeroU32, Number, "a whole number from 1 to 4294967295";
    NonZeroUsize, Number, "a whole number from 1 up";
    LogFormat, Text, "`text` or `json`";
    LogLevel, Text, "`error`, `warn`, `info`, `debug` or `trace`";
    ClockAhead, Number, "a number of hours from 25 to 8784";
    RevealAfter, Number, "a number of days from 1 to 365";
    DrawsTold, Text, "`claimed` or `at_once`";
    Waits, Text, "times such as 5s,5m,2h: whole seconds, minutes or hours, with commas between";
    bool, Switch, "true or false";
}

impl Setting for DatabaseUrl {
    const EXPECTED: &str = "sqlite:FILE or postgres://USER@HOST/NAME";

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn shown(text: &str) -> String {
        without_password(text)
    }
}

impl Setting for PathBuf {
    const EXPECTED: &str = "a path";

    fn read(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| PathBuf::from(text))
    }
}

/// Why a text is no value; the key says what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not what was expected")]
pub struct NotThis;

/// When an enterprise is told what was drawn for its matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DrawsTold {
    /// When an officer has claimed the task, or the key of the day is public.
    #[default]
    Claimed,
    /// With the decision.
    AtOnce,
}

impl std::str::FromStr for DrawsTold {
    type Err = NotThis;

    fn from_str(text: &str) -> Result<Self, NotThis> {
        match text {
            "claimed" => Ok(DrawsTold::Claimed),
            "at_once" => Ok(DrawsTold::AtOnce),
            _ => Err(NotThis),
        }
    }
}

impl fmt::Display for DrawsTold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            DrawsTold::Claimed => "claimed",
            DrawsTold::AtOnce => "at_once",
        })
    }
}

/// The URL of a database; its password is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// With its password.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for DatabaseUrl {
    type Err = NotThis;

    fn from_str(text: &str) -> Result<Self, NotThis> {
        let schemes = ["sqlite:", "postgres://", "postgresql://"];
        let known = schemes.iter().any(|scheme| text.len() > scheme.len() && text.starts_with(scheme));
        known.then(|| DatabaseUrl(text.to_owned())).ok_or(NotThis)
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_password(&self.0))
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

/// The address of an HTTP service; a password in it is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpUrl(String);

impl HttpUrl {
    /// With its password.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Setting for HttpUrl {
    const EXPECTED: &str = "an address such as http://127.0.0.1:4318";

    fn read(text: &str) -> Option<Self> {
        let uri: http::Uri = text.parse().ok()?;
        let is_http = uri.scheme_str() == Some("http") && uri.host().is_some_and(|host| !host.is_empty());
        is_http.then(|| HttpUrl(text.to_owned()))
    }

    fn shown(text: &str) -> String {
        without_password(text)
    }
}

impl fmt::Display for HttpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_password(&self.0))
    }
}

impl fmt::Debug for HttpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpUrl({self})")
    }
}

/// Days after which a draw key is revealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RevealAfter(pub u16);

impl std::str::FromStr for RevealAfter {
    type Err = NotThis;

    fn from_str(text: &str) -> Result<Self, NotThis> {
        text.parse().ok().filter(|days| (1..=365).contains(days)).map(RevealAfter).ok_or(NotThis)
    }
}

/// Hours by which the clock may be ahead of the last entry of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockAhead(pub u16);

impl ClockAhead {
    /// In microseconds.
    #[must_use]
    pub fn us(self) -> i64 {
        i64::from(self.0) * 3_600_000_000
    }
}

impl std::str::FromStr for ClockAhead {
    type Err = NotThis;

    fn from_str(text: &str) -> Result<Self, NotThis> {
        text.parse().ok().filter(|hours| (25..=8_784).contains(hours)).map(ClockAhead).ok_or(NotThis)
    }
}

/// How long is waited after each failed attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waits(pub Vec<Duration>);

impl std::str::FromStr for Waits {
    type Err = NotThis;

    fn from_str(text: &str) -> Result<Self, NotThis> {
        let wait = |text: &str| {
            let text = text.trim();
            let seconds = match text.as_bytes().last()? {
                b's' => 1,
                b'm' => 60,
                b'h' => 3_600,
                _ => return None,
            };
            let number: u32 = text[..text.len() - 1].parse().ok()?;
            Some(Duration::from_secs(u64::from(number) * seconds))
        };
        text.split(',').map(wait).collect::<Option<_>>().map(Waits).ok_or(NotThis)
    }
}

/// Makes an enum whose values are written as one word.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$of])* $variant,)* }

        impl std::str::FromStr for $name {
            type Err = NotThis;

            fn from_str(text: &str) -> Result<Self, NotThis> {
                match text {
                    $($word => Ok($name::$variant),)*
                    _ => Err(NotThis),
                }
            }
        }
    };
}

words! {
    /// How the server writes its log of operation.
    LogFormat {
        /// For people.
        Text = "text",
        /// One JSON object a line.
        Json = "json",
    }
}

words! {
    /// What the server writes into its log of operation.
    LogLevel {
        /// What has failed.
        Error = "error",
        /// And what an operator should look at.
        Warn = "warn",
        /// And what happens now and then: starts, stops, keys.
        Info = "info",
        /// And every request.
        Debug = "debug",
        /// And everything.
        Trace = "trace",
    }
}
