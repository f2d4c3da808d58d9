//! The queue and office that an officer has chosen: the addresses about a task keep them, so that the list is the same afterwards.

use greenlane_terms::numbers::TaskNumber;
use serde::Serialize;

/// Bytes of a name at most: what is longer names no queue and no office.
const LONGEST: usize = 40;

/// What is chosen; what is empty chooses nothing. It comes from an address, and is only encoded anew into another one of this server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Choice {
    #[serde(skip_serializing_if = "String::is_empty")]
    queue: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    office: String,
}

impl Choice {
    pub(super) fn new(queue: &str, office: &str) -> Choice {
        let kept = |name: &str| if name.len() <= LONGEST { name.to_owned() } else { String::new() };
        Choice { queue: kept(queue), office: kept(office) }
    }

    /// The choice in an address: path and query.
    pub(super) fn of(path: &str) -> Choice {
        let query = path.split_once('?').map_or("", |(_, query)| query);
        let fields: Vec<(String, String)> = serde_urlencoded::from_str(query).unwrap_or_default();
        let value = |name: &str| {
            let field = fields.iter().find(|(known, _)| known == name);
            field.map_or("", |(_, value)| value.as_str())
        };
        Choice::new(value("queue"), value("office"))
    }

    /// The address of the list.
    pub(super) fn list(&self) -> String {
        with_query("/work", self)
    }

    /// The address of a task.
    pub(super) fn task(&self, number: TaskNumber) -> String {
        with_query(&format!("/work/{number}"), self)
    }

    /// Where the form of a move is sent.
    pub(super) fn step(&self, number: TaskNumber, step: &str) -> String {
        with_query(&format!("/work/{number}/{step}"), self)
    }
}

/// A path with its query, if that says anything.
pub(super) fn with_query(path: &str, query: &impl Serialize) -> String {
    let query = serde_urlencoded::to_string(query).unwrap_or_default();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEVEN: TaskNumber = TaskNumber::new(7);

    #[test]
    fn a_choice_goes_from_one_address_to_the_next() {
        let choice = Choice::of("/work/7/complete?queue=sampling&after=9&office=5301");
        assert_eq!(choice, Choice::new("sampling", "5301"));
        assert_eq!(choice.list(), "/work?queue=sampling&office=5301");
        assert_eq!(choice.task(SEVEN), "/work/7?queue=sampling&office=5301");
        assert_eq!(choice.step(SEVEN, "claim"), "/work/7/claim?queue=sampling&office=5301");
        assert_eq!(Choice::of("/work/7?queue=&office=5301").list(), "/work?office=5301");
        for nothing in ["/work/7", "/work/7?", "/work/7?queue=&office="] {
            assert_eq!(Choice::of(nothing).task(SEVEN), "/work/7", "{nothing}");
        }
    }

    #[test]
    fn whatever_stands_in_an_address_is_no_more_than_a_value_in_the_next() {
        let odd = Choice::of("/work/7?queue=%22%3E%0D%0A%26office%3D1&queue=b&office=%E5%85%B3%FF");
        assert_eq!(odd.list(), "/work?queue=%22%3E%0D%0A%26office%3D1&office=%E5%85%B3%EF%BF%BD");
        let long = format!("/work/7?queue={}&office=5301", "a".repeat(LONGEST + 1));
        assert_eq!(Choice::of(&long).task(SEVEN), "/work/7?office=5301");
    }
}
