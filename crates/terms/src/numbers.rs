//! Numbers that name what is kept, one type for each kind: no number can stand where one of another kind is meant.

/// A type of numbers for each line: `/// what it numbers`, then its name.
macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(u64);

        impl $name {
            /// From the bare number, as a database, JSON or an address holds it.
            #[must_use]
            pub const fn new(number: u64) -> $name {
                $name(number)
            }

            /// The bare number.
            #[must_use]
            pub const fn get(self) -> u64 {
                self.0
            }

            /// So many numbers in a row, from this one on.
            pub fn row(self, count: u64) -> impl Iterator<Item = $name> {
                (self.0..).zip(0..count).map(|(number, _)| $name(number))
            }

            /// As a column of a database holds it, whose numbers are signed.
            #[must_use]
            pub const fn cast_signed(self) -> i64 {
                self.0.cast_signed()
            }
        }

        impl From<$name> for u64 {
            fn from(number: $name) -> u64 {
                number.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(&self.0, f)
            }
        }
    )*};
}

numbers! {
    /// An enterprise of the registry.
    EnterpriseNumber
    /// A record of the registry: what is said of an enterprise from a day on.
    RecordNumber
    /// An event that was recorded of an enterprise.
    EventNumber
    /// A task of an office.
    TaskNumber
    /// An inspection lot: the goods items of one name from one producer at an office.
    LotNumber
    /// An application of an enterprise.
    ApplicationNumber
    /// A pack that was uploaded.
    PackNumber
    /// An account.
    AccountNumber
    /// A token of an account.
    TokenNumber
    /// An entry of the log: how many entries stand before it.
    EntryNumber
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_a_bare_number_in_json_and_in_words() {
        let record = RecordNumber::new(u64::MAX);
        assert_eq!(serde_json::to_string(&record).unwrap(), u64::MAX.to_string());
        assert_eq!(serde_json::from_str::<RecordNumber>(&u64::MAX.to_string()).unwrap(), record);
        assert_eq!(format!("{record} {:>4}", EventNumber::new(7)), format!("{}    7", u64::MAX));
        for wrong in ["-1", "\"7\"", "7.5", "null"] {
            assert!(serde_json::from_str::<RecordNumber>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn numbers_in_a_row_begin_with_the_first() {
        let row = |count| EventNumber::new(7).row(count).map(EventNumber::get).collect::<Vec<_>>();
        assert_eq!([row(0), row(1), row(3)], [vec![], vec![7], vec![7, 8, 9]]);
    }

    #[test]
    fn a_number_is_told_as_it_is_to_whoever_knows_no_types() {
        let token = TokenNumber::new(7);
        assert_eq!((token.get(), u64::from(token), token.cast_signed()), (7, 7, 7));
        assert_eq!(TokenNumber::new(u64::MAX).cast_signed(), -1);
    }

    #[test]
    fn numbers_stand_in_the_order_of_their_numbers() {
        let mut numbers = [10, 9, 100].map(EnterpriseNumber::new);
        numbers.sort_unstable();
        assert_eq!(numbers.map(EnterpriseNumber::get), [9, 10, 100]);
    }
}
