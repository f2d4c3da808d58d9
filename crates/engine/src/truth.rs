//! True, false, unknown: Kleene's three values.

/// What a condition comes to for one row. Source: Kleene, *Introduction to Metamathematics* (1952), § 64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Truth {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// A fact it needs is unknown.
    Unknown,
}

impl Truth {
    /// From a known value, or unknown.
    #[must_use]
    pub fn of(value: Option<bool>) -> Truth {
        match value {
            Some(true) => Truth::True,
            Some(false) => Truth::False,
            None => Truth::Unknown,
        }
    }

    /// The known value.
    #[must_use]
    pub fn known(self) -> Option<bool> {
        match self {
            Truth::True => Some(true),
            Truth::False => Some(false),
            Truth::Unknown => None,
        }
    }

    /// Kleene's negation.
    #[must_use]
    pub fn negated(self) -> Truth {
        Truth::of(self.known().map(|value| !value))
    }
}
