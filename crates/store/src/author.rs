//! Who does something, and why.

/// Who changes something, and on what ground.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// The person, or the account.
    pub person: String,
    /// The legal ground or the paper behind it.
    pub ground: String,
}

impl Author {
    /// Greenlane itself, as the author of what happens by itself.
    pub(crate) fn itself(ground: &str) -> Author {
        Author { person: "greenlane".to_owned(), ground: ground.to_owned() }
    }
}
