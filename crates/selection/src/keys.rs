//! Master key, the epoch key of each day, and the commitment published before the day starts.

use std::fmt;
use std::str::FromStr;

use hmac::digest::CtOutput;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::hex::{self, HexError};
use crate::mac::{Algorithm, KeyedMac};

const EPOCH_KEY: &[u8] = b"greenlane/epoch-key/v1";
const COMMITMENT: &[u8] = b"greenlane/commitment/v1";

/// One calendar day, the life of an epoch key. Its text is the ISO 8601 date, `2025-11-24`.
///
/// It says nothing about a time zone: which instant belongs to which day is the caller's rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Epoch(Date);

/// Text that is not an ISO 8601 date.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a day of the form YYYY-MM-DD")]
pub struct EpochError {
    /// The text as given.
    pub text: String,
}

impl Epoch {
    /// The epoch of a day.
    #[must_use]
    pub const fn new(day: Date) -> Epoch {
        Epoch(day)
    }

    /// The day.
    #[must_use]
    pub const fn day(self) -> Date {
        self.0
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Epoch {
    type Err = EpochError;

    fn from_str(text: &str) -> Result<Epoch, EpochError> {
        let epoch = text.parse().ok().map(Epoch);
        epoch.filter(|epoch| epoch.to_string() == text).ok_or_else(|| EpochError { text: text.to_owned() })
    }
}

impl TryFrom<String> for Epoch {
    type Error = EpochError;

    fn try_from(text: String) -> Result<Epoch, EpochError> {
        text.parse()
    }
}

impl From<Epoch> for String {
    fn from(epoch: Epoch) -> String {
        epoch.to_string()
    }
}

/// The secret all epoch keys come from: 32 bytes from a good source of randomness, which the caller provides.
///
/// It has no text form and cannot be serialised. It is not wiped from memory when dropped.
#[derive(Clone)]
pub struct MasterKey([u8; 32]);

impl MasterKey {
    /// A master key of these bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> MasterKey {
        MasterKey(bytes)
    }

    /// Reads 64 lower-case hexadecimal digits.
    ///
    /// # Errors
    /// [`HexError`] for any other text.
    pub fn from_hex(text: &str) -> Result<MasterKey, HexError> {
        hex::decode(text).map(MasterKey)
    }

    /// The key of one day: HMAC(master key, `greenlane/epoch-key/v1` ‖ ISO date).
    ///
    /// Revealing it tells nothing about the key of another day, or of the same day under the other algorithm.
    #[must_use]
    pub fn epoch_key(&self, algorithm: Algorithm, epoch: Epoch) -> EpochKey {
        let mut mac = KeyedMac::new(algorithm, &self.0);
        mac.absorb(EPOCH_KEY);
        mac.absorb(epoch.to_string().as_bytes());
        EpochKey { algorithm, bytes: mac.finish() }
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(redacted)")
    }
}

/// The key all draws of one day are made with: secret until its reveal, public afterwards.
#[derive(Clone)]
pub struct EpochKey {
    algorithm: Algorithm,
    bytes: [u8; 32],
}

impl EpochKey {
    /// Reads a revealed key: 64 lower-case hexadecimal digits.
    ///
    /// # Errors
    /// [`HexError`] for any other text.
    pub fn from_hex(algorithm: Algorithm, text: &str) -> Result<EpochKey, HexError> {
        hex::decode(text).map(|bytes| EpochKey { algorithm, bytes })
    }

    /// The key as 64 hexadecimal digits. Calling this is the reveal: not before the delay the office has set.
    #[must_use]
    pub fn reveal_hex(&self) -> String {
        hex::encode(&self.bytes)
    }

    /// The algorithm of this key.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// An HMAC that has read this key and nothing else.
    pub(crate) fn mac(&self) -> KeyedMac {
        KeyedMac::new(self.algorithm, &self.bytes)
    }
}

impl fmt::Debug for EpochKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EpochKey({}, redacted)", self.algorithm)
    }
}

/// What is published before an epoch starts: hash(`greenlane/commitment/v1` ‖ ISO date ‖ key). Its text is 64
/// lower-case hexadecimal digits.
///
/// It fixes the key without showing it, so that nobody can choose the key once the day's declarations are
/// known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Commitment([u8; 32]);

impl Commitment {
    /// The commitment to `key` for `epoch`, with the plain hash of the key's algorithm.
    #[must_use]
    pub fn of(epoch: Epoch, key: &EpochKey) -> Commitment {
        Commitment(key.algorithm.hash(&[COMMITMENT, epoch.to_string().as_bytes(), &key.bytes]))
    }

    /// Is this the commitment to `key` for `epoch`? Compares in constant time.
    #[must_use]
    pub fn matches(&self, epoch: Epoch, key: &EpochKey) -> bool {
        let constant_time = |bytes: [u8; 32]| CtOutput::<Sha256>::new(bytes.into());
        constant_time(self.0) == constant_time(Commitment::of(epoch, key).0)
    }
}

impl fmt::Display for Commitment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

impl FromStr for Commitment {
    type Err = HexError;

    fn from_str(text: &str) -> Result<Commitment, HexError> {
        hex::decode(text).map(Commitment)
    }
}

impl TryFrom<String> for Commitment {
    type Error = HexError;

    fn try_from(text: String) -> Result<Commitment, HexError> {
        text.parse()
    }
}

impl From<Commitment> for String {
    fn from(commitment: Commitment) -> String {
        commitment.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MASTER: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    fn epoch(text: &str) -> Epoch {
        text.parse().unwrap()
    }

    fn key(algorithm: Algorithm, day: &str) -> EpochKey {
        MasterKey::from_hex(MASTER).unwrap().epoch_key(algorithm, epoch(day))
    }

    /// Expected values from Python's `hmac` and `hashlib`, written from the documentation of the format
    /// alone.
    #[test]
    fn epoch_keys_and_commitments_are_those_an_auditor_computes_elsewhere() {
        let check = |algorithm, expected_key, expected_commitment| {
            let key = key(algorithm, "2025-11-24");
            assert_eq!(key.reveal_hex(), expected_key);
            assert_eq!(Commitment::of(epoch("2025-11-24"), &key).to_string(), expected_commitment);
        };
        check(
            Algorithm::HmacSha256,
            "07b9979b63e6ff211bf8a62daeb7f1b80cde92c2981739e92af3ae0fece91f73",
            "2952b5317681fd4d1099cd93eaae74d1e3d9b9220453a4ac96609ccc31fb09a1",
        );
        check(
            Algorithm::HmacSm3,
            "d34a720875d24fbea31f7c7a6a218ebc629349ca0ab28ad65112e580646aa77e",
            "25ec5a4be4978e25998126a71102559bef70d90c284d6a49823cd9e156a8e944",
        );
    }

    #[test]
    fn a_commitment_binds_key_day_and_algorithm() {
        let day = epoch("2025-11-24");
        let own = key(Algorithm::HmacSha256, "2025-11-24");
        let commitment = Commitment::of(day, &own);
        assert!(commitment.matches(day, &own));
        assert_eq!(
            Commitment::try_from(String::from(commitment)),
            Ok(commitment),
            "as it is written and read"
        );
        assert!(!commitment.matches(epoch("2025-11-25"), &own), "same key, another day");
        assert!(!commitment.matches(day, &key(Algorithm::HmacSha256, "2025-11-25")), "key of another day");
        let same_bytes = EpochKey::from_hex(Algorithm::HmacSm3, &own.reveal_hex()).unwrap();
        assert!(!commitment.matches(day, &same_bytes), "same bytes under the other algorithm");
    }

    #[test]
    fn any_changed_bit_of_a_key_breaks_its_commitment() {
        let day = epoch("2025-11-24");
        let own = key(Algorithm::HmacSha256, "2025-11-24");
        let commitment = Commitment::of(day, &own);
        for bit in 0..256 {
            let mut forged = own.clone();
            forged.bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(!commitment.matches(day, &forged), "bit {bit}");
        }
    }

    #[test]
    fn a_revealed_key_comes_back_from_its_text() {
        let own = key(Algorithm::HmacSm3, "2025-11-24");
        let read = EpochKey::from_hex(Algorithm::HmacSm3, &own.reveal_hex()).unwrap();
        assert!(Commitment::of(epoch("2025-11-24"), &own).matches(epoch("2025-11-24"), &read));
    }

    #[test]
    fn keys_do_not_show_in_debug_output() {
        let own = key(Algorithm::HmacSha256, "2025-11-24");
        assert_eq!(format!("{own:?}"), "EpochKey(hmac-sha256, redacted)");
        assert_eq!(format!("{:?}", MasterKey::from_hex(MASTER).unwrap()), "MasterKey(redacted)");
    }

    #[test]
    fn only_the_plain_iso_date_is_an_epoch() {
        for text in ["20251124", "2025-11-24T00:00", "2025-02-29", "2025-1-1", "", "+002025-11-24"] {
            assert_eq!(text.parse::<Epoch>(), Err(EpochError { text: text.to_owned() }));
        }
        let json = serde_json::to_string(&epoch("2024-02-29")).unwrap();
        assert_eq!(json, "\"2024-02-29\"");
        assert_eq!(serde_json::from_str::<Epoch>(&json).unwrap(), epoch("2024-02-29"));
    }
}
