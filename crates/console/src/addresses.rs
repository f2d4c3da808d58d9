//! Addresses of pages about something that has a name of its own.

use greenlane_terms::numbers::EntryNumber;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Stands in a part of a path as it is (RFC 3986).
const UNRESERVED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Numbers of matters may have slashes.
const OF_MATTERS: AsciiSet = UNRESERVED.remove(b'/');

/// The page of the last decision about a matter.
pub(super) fn decision(matter: &str) -> String {
    format!("/decisions/{}", utf8_percent_encode(matter, &OF_MATTERS))
}

/// The page of the decision that is an entry of the log.
pub(super) fn decision_of(matter: &str, entry: EntryNumber) -> String {
    format!("{}?entry={entry}", decision(matter))
}

/// The page of an enterprise, by any identifier.
pub(super) fn enterprise(identifier: &str) -> String {
    format!("/enterprises/{}", utf8_percent_encode(identifier, &UNRESERVED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_a_path_elsewhere_stands_in_it_as_it_is_meant() {
        assert_eq!(decision("530120260000000002"), "/decisions/530120260000000002");
        assert_eq!(decision("application/7"), "/decisions/application/7");
        assert_eq!(decision_of("报 1?#%", EntryNumber::new(9)), "/decisions/%E6%8A%A5%201%3F%23%25?entry=9");
        assert_eq!(enterprise("../x/\"y"), "/enterprises/..%2Fx%2F%22y");
    }
}
