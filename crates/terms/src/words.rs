//! The languages that people read, and texts that are said in both.

/// A language of pages, letters and the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Chinese, simplified.
    Zh,
    /// English.
    En,
}

impl Language {
    /// Each of them, Chinese first.
    pub const ALL: [Language; 2] = [Language::Zh, Language::En];

    /// As packs, settings and addresses name it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.say("zh", "en")
    }

    /// As pages name it (BCP 47).
    #[must_use]
    pub const fn tag(self) -> &'static str {
        self.say("zh-CN", "en")
    }

    /// The one of this name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Language> {
        Language::ALL.into_iter().find(|language| language.name() == name)
    }

    /// The other one.
    #[must_use]
    pub const fn other(self) -> Language {
        match self {
            Language::Zh => Language::En,
            Language::En => Language::Zh,
        }
    }

    /// The text of this language.
    #[must_use]
    pub const fn say<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        match self {
            Language::Zh => zh,
            Language::En => en,
        }
    }

    /// As [`Language::say`].
    #[must_use]
    pub const fn words(self, words: Words) -> &'static str {
        self.say(words.zh, words.en)
    }
}

/// A text in both languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words {
    /// In Chinese.
    pub zh: &'static str,
    /// In English.
    pub en: &'static str,
}

#[cfg(test)]
mod tests {
    use super::{Language, Words};

    #[test]
    fn a_language_has_one_name_and_the_other_has_another() {
        for language in Language::ALL {
            assert_eq!(Language::of_name(language.name()), Some(language));
            assert_ne!(language.other(), language);
            assert_eq!(language.other().other(), language);
        }
        assert_eq!(Language::of_name("de"), None);
        let words = Words { zh: "海关", en: "customs" };
        assert_eq!(Language::ALL.map(|language| language.words(words)), ["海关", "customs"]);
    }
}
