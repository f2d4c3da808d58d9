//! Words for people: one text in every language of the pack.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A text in several languages, keyed by language code (`zh`, `en`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Text(pub BTreeMap<String, String>);

impl Text {
    /// The text in `language`, or in any language if that one is missing.
    #[must_use]
    pub fn get(&self, language: &str) -> &str {
        self.0.get(language).or_else(|| self.0.values().next()).map_or("", String::as_str)
    }

    /// A text in Chinese and English.
    #[must_use]
    pub fn new(zh: &str, en: &str) -> Text {
        Text([("zh", zh), ("en", en)].map(|(language, text)| (language.to_owned(), text.to_owned())).into())
    }
}
