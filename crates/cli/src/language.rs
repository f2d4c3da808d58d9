//! Which language a person reads.

use clap::ValueEnum;

/// A language that the pack and the program speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// 中文
    Zh,
    /// English
    En,
}

impl Language {
    /// The one asked for, or that of the environment (`LC_ALL`, `LANG`), or English.
    pub fn choose(asked: Option<Language>) -> Language {
        let environment = || {
            ["LC_ALL", "LANG"]
                .iter()
                .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
        };
        asked.unwrap_or_else(|| match environment() {
            Some(locale) if locale.starts_with("zh") => Language::Zh,
            _ => Language::En,
        })
    }

    /// Language code.
    pub fn code(self) -> &'static str {
        match self {
            Language::Zh => "zh",
            Language::En => "en",
        }
    }

    /// The text of this language.
    pub fn pick<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        match self {
            Language::Zh => zh,
            Language::En => en,
        }
    }
}
