//! Which language a person reads.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use greenlane_terms::Language;

/// The one asked for, or that of the environment (`LC_ALL`, `LANG`), or English.
pub fn choose(asked: Option<Language>) -> Language {
    let environment = || {
        ["LC_ALL", "LANG"].iter().find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
    };
    asked.unwrap_or_else(|| match environment() {
        Some(locale) if locale.starts_with("zh") => Language::Zh,
        _ => Language::En,
    })
}

/// Reads the name of a language from the command line.
pub fn parser() -> impl TypedValueParser<Value = Language> {
    let possible = Language::ALL
        .map(|language| PossibleValue::new(language.name()).help(language.say("中文", "English")));
    PossibleValuesParser::new(possible).try_map(|name| Language::of_name(&name).ok_or("no such language"))
}
