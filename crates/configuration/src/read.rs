//! Reading a configuration in layers: defaults, then the file, then the environment, then flags.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::origin::Origin;
use super::problem::{ConfigurationProblem, ConfigurationProblems};
use super::setting::{Setting, Written};
use super::{Configuration, FILE, FILE_VARIABLE, KEYS, Key};

/// What was given beside the defaults.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// The file, if one is read.
    pub file: Option<PathBuf>,
    /// Variables of the environment by name.
    pub environment: BTreeMap<String, String>,
    /// Values of flags by the name of the key.
    pub flags: BTreeMap<&'static str, String>,
}

/// One key with the value that it has.
#[derive(Clone, Debug)]
pub struct Effective {
    /// The key.
    pub key: &'static Key,
    /// Its value as it may be shown; `None` if it is unset.
    pub value: Option<String>,
    /// Where the value comes from.
    pub origin: Origin,
}

/// The file to read: the one that is named, or that of `GREENLANE_CONFIG`, or `greenlane.toml` if it is there.
#[must_use]
pub fn file_in_use(named: Option<&Path>, environment: &BTreeMap<String, String>) -> Option<PathBuf> {
    let of_variable = || environment.get(FILE_VARIABLE).filter(|name| !name.is_empty()).map(PathBuf::from);
    let here = || Some(PathBuf::from(FILE)).filter(|file| file.exists());
    named.map(Path::to_owned).or_else(of_variable).or_else(here)
}

/// The configuration.
///
/// # Errors
/// Everything that is wrong with it, each with its place.
pub fn read(given: &Given) -> Result<Configuration, ConfigurationProblems> {
    both(given).map(|(configuration, _)| configuration)
}

/// Every key with its value and where that comes from.
///
/// # Errors
/// As for [`read`].
pub fn effective(given: &Given) -> Result<Vec<Effective>, ConfigurationProblems> {
    both(given).map(|(_, effective)| effective)
}

fn both(given: &Given) -> Result<(Configuration, Vec<Effective>), ConfigurationProblems> {
    let mut texts = Texts { values: BTreeMap::new(), problems: Vec::new(), shown: Vec::new(), given };
    if let Some(file) = &given.file {
        texts.read_file(file);
    }
    texts.read_environment();
    let flags = given.flags.iter();
    texts.values.extend(flags.map(|(name, text)| (*name, (text.clone(), Origin::Flag(flag(name))))));
    let configuration = Configuration::of(&mut texts);
    for (key, other) in TOGETHER {
        texts.together(key, other);
    }
    match (configuration, texts.problems.is_empty()) {
        (Some(configuration), true) => Ok((configuration, texts.shown)),
        _ => Err(ConfigurationProblems(texts.problems)),
    }
}

/// Keys that mean nothing without another one.
const TOGETHER: [(&str, &str); 7] = [
    ("tls_certificate", "tls_key"),
    ("tls_key", "tls_certificate"),
    ("oidc_issuer", "oidc_client"),
    ("oidc_issuer", "public_url"),
    ("oidc_client", "oidc_issuer"),
    ("oidc_secret_file", "oidc_issuer"),
    ("witness_quorum", "witnesses"),
];

fn flag(name: &str) -> String {
    Key::of(name).map_or_else(|| name.to_owned(), Key::flag)
}

/// The texts of the values that were given, the winner of each key.
pub(super) struct Texts<'a> {
    values: BTreeMap<&'static str, (String, Origin)>,
    problems: Vec<ConfigurationProblem>,
    shown: Vec<Effective>,
    given: &'a Given,
}

impl Texts<'_> {
    /// The value of a key; notes a problem and where the value comes from.
    pub(super) fn setting<T: Setting>(&mut self, name: &'static str) -> Option<T> {
        let key = Key::of(name)?;
        let default = || key.default.map(|text| (text.to_owned(), Origin::Default));
        let Some((text, origin)) = self.values.remove(name).or_else(default) else {
            self.shown.push(Effective { key, value: None, origin: Origin::Default });
            return T::unset();
        };
        let read = T::read(&text);
        let shown = T::shown(&text);
        match read {
            Some(_) => self.shown.push(Effective { key, value: Some(shown), origin }),
            None => self.problems.push(ConfigurationProblem::Value {
                origin,
                key: key.name,
                found: format!("`{shown}`"),
                expected: key.expected,
            }),
        }
        read
    }

    /// Notes a problem if one key is set and the other is not.
    fn together(&mut self, key: &'static str, other: &str) {
        let of = |name: &str| self.shown.iter().find(|one| one.key.name == name);
        let (Some(set), Some(missing)) = (of(key), of(other)) else { return };
        if set.value.is_some() && missing.value.is_none() {
            let (origin, other) = (set.origin.clone(), missing.key.name);
            self.problems.push(ConfigurationProblem::Together { origin, key, other });
        }
    }

    fn read_environment(&mut self) {
        for key in KEYS {
            let variable = key.variable();
            // An empty variable is one that is not set: services are often configured so.
            let Some(text) = self.given.environment.get(&variable).filter(|text| !text.is_empty()) else {
                continue;
            };
            self.values.insert(key.name, (text.clone(), Origin::Environment(variable)));
        }
    }

    fn read_file(&mut self, file: &Path) {
        let text = match std::fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) => {
                let reason = error.to_string();
                return self.problems.push(ConfigurationProblem::File { file: file.to_owned(), reason });
            }
        };
        let line_of = |at: usize| text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1;
        let table = match DeTable::parse(&text) {
            Ok(table) => table,
            Err(error) => {
                let line = line_of(error.span().map_or(0, |span| span.start));
                let (file, reason) = (file.to_owned(), error.message().to_owned());
                return self.problems.push(ConfigurationProblem::Toml { file, line, reason });
            }
        };
        for (name, value) in table.get_ref() {
            self.read_pair(file, line_of(name.span().start), name.get_ref(), value);
        }
    }

    fn read_pair(&mut self, file: &Path, line: usize, name: &str, value: &Spanned<DeValue<'_>>) {
        let file = file.to_owned();
        let Some(key) = Key::of(name) else {
            let (key, expected) = (name.to_owned(), nearest(name));
            return self.problems.push(ConfigurationProblem::UnknownKey { file, line, key, expected });
        };
        let text = match (key.written, value.get_ref()) {
            (Written::Text, DeValue::String(text)) => Some(text.to_string()),
            (Written::Number, DeValue::Integer(number)) if number.radix() == 10 => {
                Some(number.as_str().replace('_', ""))
            }
            (Written::Switch, DeValue::Boolean(on)) => Some(on.to_string()),
            _ => None,
        };
        let origin = Origin::File { file, line };
        match text {
            Some(text) => drop(self.values.insert(key.name, (text, origin))),
            None => self.problems.push(ConfigurationProblem::Value {
                origin,
                key: key.name,
                found: format!("a TOML {}", value.get_ref().type_str()),
                expected: key.expected,
            }),
        }
    }
}

/// The key that was probably meant, or all of them.
fn nearest(name: &str) -> String {
    let apart = |key: &&Key| distance(name, key.name);
    match KEYS.iter().min_by_key(apart) {
        Some(key) if distance(name, key.name) <= 3 => format!("`{}`", key.name),
        _ => KEYS.iter().map(|key| format!("`{}`", key.name)).collect::<Vec<_>>().join(", "),
    }
}

/// Letters to add, remove or replace to make one word of the other (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (above, letter) in one.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], above + 1);
        for (at, known) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *known);
            diagonal = row[at + 1];
            row[at + 1] = replaced.min(diagonal + 1).min(row[at] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(
        file: &str,
        environment: &[(&str, &str)],
        flags: &[(&'static str, &str)],
    ) -> (tempfile::TempDir, Given) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("greenlane.toml");
        std::fs::write(&path, file).unwrap();
        let environment = environment.iter().map(|(name, text)| ((*name).into(), (*text).into())).collect();
        let flags = flags.iter().map(|(name, text)| (*name, (*text).into())).collect();
        (folder, Given { file: Some(path), environment, flags })
    }

    #[test]
    fn a_flag_wins_over_the_environment_which_wins_over_the_file() {
        let file =
            "# where\nlisten = \"127.0.0.1:1\"\nconnections = 1_0\nthreads = 3\ndeliver_webhooks = false\n";
        let environment =
            [("GREENLANE_CONNECTIONS", "11"), ("GREENLANE_THREADS", "4"), ("GREENLANE_LISTEN", "")];
        let (_folder, given) = given(file, &environment, &[("threads", "5")]);
        let read = read(&given).unwrap();
        assert_eq!((read.connections.get(), read.threads.unwrap().get()), (11, 5));
        assert!(!read.deliver_webhooks);
        assert_eq!(read.listen.port(), 1, "an empty variable is not set");
        let origins = effective(&given).unwrap();
        let origin = |name| origins.iter().find(|one| one.key.name == name).unwrap().origin.clone();
        assert!(origin("listen").to_string().ends_with("greenlane.toml:2"));
        assert_eq!(origin("connections").to_string(), "GREENLANE_CONNECTIONS");
        assert_eq!(origin("threads").to_string(), "--threads");
        assert_eq!(origin("reveal_after"), Origin::Default);
        assert_eq!(origins.len(), KEYS.len());
    }

    #[test]
    fn every_problem_is_named_with_its_place_and_what_was_expected() {
        let file = "connection = 8\nlisten = 5\n\nreveal_after = 366\nthreads = \"2\"\ncolour = 1\ndeliver_webhooks = 0\n";
        let (_folder, given) = given(file, &[("GREENLANE_LISTEN", "here")], &[("connections", "0")]);
        let said = read(&given).unwrap_err().to_string();
        for expected in [
            "greenlane.toml:1: unknown key `connection`: expected `connections`",
            "greenlane.toml:2: `listen` is a TOML integer, expected an address and port",
            "greenlane.toml:4: `reveal_after` is `366`, expected a number of days from 1 to 365",
            "greenlane.toml:5: `threads` is a TOML string, expected a whole number from 1 up",
            "greenlane.toml:6: unknown key `colour`: expected `database`, `connections`",
            "greenlane.toml:7: `deliver_webhooks` is a TOML integer, expected true or false",
            "GREENLANE_LISTEN: `listen` is `here`, expected an address and port",
            "--connections: `connections` is `0`, expected a whole number from 1",
        ] {
            assert!(said.contains(expected), "{expected}\n{said}");
        }
    }

    #[test]
    fn a_certificate_without_its_key_is_named() {
        let (_folder, given) = given("tls_certificate = \"a.pem\"\n", &[], &[]);
        let said = read(&given).unwrap_err().to_string();
        assert!(
            said.ends_with("greenlane.toml:1: `tls_certificate` is set, so `tls_key` must be set too"),
            "{said}"
        );
    }

    #[test]
    fn an_identity_provider_is_configured_as_a_whole() {
        let said = |file: &str| {
            let (_folder, given) = given(file, &[], &[]);
            read(&given).map_or_else(|problems| problems.to_string(), |_| String::new())
        };
        let issuer = "oidc_issuer = \"https://id.example\"\n";
        let missing = said(issuer);
        for other in ["oidc_client", "public_url"] {
            let expected = format!("greenlane.toml:1: `oidc_issuer` is set, so `{other}` must be set too");
            assert!(missing.contains(&expected), "{missing}");
        }
        for key in ["oidc_client", "oidc_secret_file"] {
            let missing = said(&format!("{key} = \"x\"\n"));
            assert!(
                missing.ends_with(&format!("`{key}` is set, so `oidc_issuer` must be set too")),
                "{missing}"
            );
        }
        let client = "oidc_client = \"greenlane\"\npublic_url = \"https://here.example\"\n";
        assert_eq!(said(&format!("{issuer}{client}")), "");
        assert_eq!(said("public_url = \"https://here.example\"\n"), "");
    }

    #[test]
    fn a_broken_file_and_a_missing_one_are_named() {
        let (folder, mut given) = given("listen = \"a\"\nlisten = \"b\"\n", &[], &[]);
        assert!(read(&given).unwrap_err().to_string().contains("greenlane.toml:2: no TOML: duplicate key"));
        given.file = Some(folder.path().join("other.toml"));
        assert!(read(&given).unwrap_err().to_string().contains("other.toml: cannot be read: No such file"));
    }

    #[test]
    fn a_password_is_in_no_text() {
        let (_folder, given) = given("database = \"postgres://me:hunter2@h/n\"", &[], &[]);
        let (read, shown) = both(&given).unwrap();
        assert_eq!(read.database.as_str(), "postgres://me:hunter2@h/n");
        assert!(!format!("{read:?} {} {shown:?}", read.database).contains("hunter2"));
    }
}
