//! The keys of the configuration as flags.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches, value_parser};
use greenlane_configuration::{
    Configuration, ConfigurationProblems, DatabaseUrl, FILE_VARIABLE, Given, KEYS, Key, file_in_use, read,
};

use crate::common::Common;

/// The key that is an argument of every command.
const PACK: &str = "pack";

/// What was said about the configuration on the command line.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    file: Option<PathBuf>,
    flags: BTreeMap<&'static str, String>,
}

impl Settings {
    /// With file and environment.
    pub fn given(&self, common: &Common) -> Given {
        // Variables that are no UTF-8 are none of ours.
        let environment: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(name, text)| Some((name.into_string().ok()?, text.into_string().ok()?)))
            .collect();
        let mut flags = self.flags.clone();
        let pack = common.pack.as_ref().map(|folder| folder.display().to_string());
        let of_variable = Key::of(PACK).and_then(|key| environment.get(&key.variable()));
        if let Some(pack) = pack.filter(|pack| Some(pack) != of_variable) {
            flags.insert(PACK, pack);
        }
        Given { file: file_in_use(self.file.as_deref(), &environment), environment, flags }
    }
}

/// The same, of commands that work on the database and serve nothing: only the keys that they use are flags.
#[derive(Clone, Debug, Default)]
pub struct StoreSettings(Settings);

impl StoreSettings {
    /// The configuration that the command works with.
    pub fn configuration(&self, common: &Common) -> Result<Configuration, ConfigurationProblems> {
        read(&self.0.given(common))
    }
}

/// The same, of commands that need no key; the flags may stand behind a further word, as in `token list --database …`.
#[derive(Clone, Debug, Default)]
pub struct DatabaseSettings(Settings);

impl DatabaseSettings {
    /// The configuration that the command works with.
    pub fn configuration(&self, common: &Common) -> Result<Configuration, ConfigurationProblems> {
        read(&self.0.given(common))
    }

    /// Which database it is.
    pub fn database(&self, common: &Common) -> Result<DatabaseUrl, ConfigurationProblems> {
        Ok(read(&self.0.given(common))?.database)
    }
}

/// Keys of commands that work on the database.
const OF_THE_STORE: [&str; 2] = ["database", "key_file"];

fn of_serve() -> impl Iterator<Item = &'static Key> {
    KEYS.iter().filter(|key| key.name != PACK)
}

fn of_the_store() -> impl Iterator<Item = &'static Key> {
    KEYS.iter().filter(|key| OF_THE_STORE.contains(&key.name))
}

fn of_the_database() -> impl Iterator<Item = &'static Key> {
    KEYS.iter().filter(|key| key.name == "database")
}

fn flag(key: &'static Key) -> Arg {
    let default = key.default.map_or_else(String::new, |default| format!(" [default: {default}]"));
    let help = format!("{}{default} [env: {}]", key.en, key.variable());
    Arg::new(key.name).long(key.flag()).value_name(key.value).help(help)
}

fn augmented(command: Command, keys: impl Iterator<Item = &'static Key>, is_global: bool) -> Command {
    let help = format!(
        "Configuration file [default: greenlane.toml in the working folder, if it is there] [env: {FILE_VARIABLE}]"
    );
    let file = Arg::new("config").long("config").value_name("FILE").help(help);
    let file = file.value_parser(value_parser!(PathBuf)).global(is_global);
    keys.fold(command.arg(file), |command, key| command.arg(flag(key).global(is_global)))
}

fn matched(matches: &ArgMatches, keys: impl Iterator<Item = &'static Key>) -> Settings {
    let flags = keys.filter_map(|key| Some((key.name, matches.get_one::<String>(key.name)?.clone())));
    Settings { file: matches.get_one::<PathBuf>("config").cloned(), flags: flags.collect() }
}

/// Arguments of clap that are made from a list of keys.
macro_rules! arguments {
    ($type:ty, $keys:ident, $is_global:literal, $make:expr) => {
        impl Args for $type {
            fn augment_args(command: Command) -> Command {
                augmented(command, $keys(), $is_global)
            }

            fn augment_args_for_update(command: Command) -> Command {
                augmented(command, $keys(), $is_global)
            }
        }

        impl FromArgMatches for $type {
            fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
                Ok($make(matched(matches, $keys())))
            }

            fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
                *self = $make(matched(matches, $keys()));
                Ok(())
            }
        }
    };
}

arguments!(Settings, of_serve, false, std::convert::identity);
arguments!(StoreSettings, of_the_store, false, StoreSettings);
arguments!(DatabaseSettings, of_the_database, true, DatabaseSettings);
