//! The two keyed hashes draws are made with, behind one type: HMAC-SHA256 and HMAC-SM3.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sm3::Sm3;

/// The keyed hash of an epoch. Sources: RFC 2104 and FIPS 180-4; GB/T 32905-2016 (SM3), used in HMAC as GB/T
/// 15852.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Algorithm {
    /// HMAC with SHA-256.
    HmacSha256,
    /// HMAC with SM3, the hash of the Chinese commercial cryptography standards.
    HmacSm3,
}

impl Algorithm {
    /// The stable name: `hmac-sha256` or `hmac-sm3`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Algorithm::HmacSha256 => "hmac-sha256",
            Algorithm::HmacSm3 => "hmac-sm3",
        }
    }

    /// The plain hash of `parts`, one after the other without separators.
    pub(crate) fn hash(self, parts: &[&[u8]]) -> [u8; 32] {
        fn run<D: Digest>(parts: &[&[u8]]) -> D {
            let mut hash = D::new();
            parts.iter().for_each(|part| hash.update(part));
            hash
        }
        match self {
            Algorithm::HmacSha256 => run::<Sha256>(parts).finalize().into(),
            Algorithm::HmacSm3 => run::<Sm3>(parts).finalize().into(),
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An HMAC that has read its key and perhaps the start of a message; a clone continues from there.
#[derive(Clone)]
pub(crate) enum KeyedMac {
    Sha256(Hmac<Sha256>),
    Sm3(Hmac<Sm3>),
}

impl KeyedMac {
    /// Prepares the key. HMAC pads a key shorter than the block of 64 bytes with zeros.
    pub(crate) fn new(algorithm: Algorithm, key: &[u8; 32]) -> KeyedMac {
        let mut block = [0; 64];
        block[..32].copy_from_slice(key);
        match algorithm {
            Algorithm::HmacSha256 => KeyedMac::Sha256(Hmac::new(&block.into())),
            Algorithm::HmacSm3 => KeyedMac::Sm3(Hmac::new(&block.into())),
        }
    }

    /// Reads `bytes` as they are.
    pub(crate) fn absorb(&mut self, bytes: &[u8]) {
        match self {
            KeyedMac::Sha256(mac) => mac.update(bytes),
            KeyedMac::Sm3(mac) => mac.update(bytes),
        }
    }

    /// Reads one field: its length in bytes as 8 bytes, big-endian, then the field. So `ab`, `c` is not `a`,
    /// `bc`.
    pub(crate) fn absorb_field(&mut self, field: &str) {
        self.absorb(&(field.len() as u64).to_be_bytes());
        self.absorb(field.as_bytes());
    }

    /// The 32 bytes of the HMAC.
    pub(crate) fn finish(self) -> [u8; 32] {
        match self {
            KeyedMac::Sha256(mac) => mac.finalize().into_bytes().into(),
            KeyedMac::Sm3(mac) => mac.finalize().into_bytes().into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex;

    fn check(algorithm: Algorithm, key: &[u8], message: &[u8], expected: &str) {
        let mut block = [0; 32];
        if key.len() <= 32 {
            block[..key.len()].copy_from_slice(key);
        } else {
            block = algorithm.hash(&[key]);
        }
        let mut mac = KeyedMac::new(algorithm, &block);
        mac.absorb(message);
        assert_eq!(hex::encode(&mac.finish()), expected);
    }

    #[test]
    fn hmac_sha256_gives_the_answers_of_rfc_4231() {
        let check =
            |key: &[u8], message: &[u8], expected| check(Algorithm::HmacSha256, key, message, expected);
        let counting: Vec<u8> = (1..=25).collect();
        check(&[0x0b; 20], b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
        let question = b"what do ya want for nothing?";
        check(b"Jefe", question, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        check(&[0xaa; 20], &[0xdd; 50], "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
        check(&counting, &[0xcd; 50], "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
        let long_key = b"Test Using Larger Than Block-Size Key - Hash Key First";
        check(&[0xaa; 131], long_key, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
        let long_both =
            b"This is a test using a larger than block-size key and a larger than block-size data. \
            The key needs to be hashed before being used by the HMAC algorithm.";
        check(&[0xaa; 131], long_both, "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
    }

    #[test]
    fn sm3_gives_the_answers_of_gb_t_32905() {
        let hash = |message: &[u8]| hex::encode(&Algorithm::HmacSm3.hash(&[message]));
        assert_eq!(hash(b"abc"), "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
        let sixteen_times = hash(&b"abcd".repeat(16));
        assert_eq!(sixteen_times, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732");
    }

    /// Expected values from Python's `hmac` over OpenSSL.
    #[test]
    fn hmac_sm3_agrees_with_openssl() {
        let expected = [
            "2e87f1d16862e6d964b50a5200bf2b10b764faa9680a296a2405f24bec39f882",
            "a050ad47f08a4592b5178fd7126b325bbc44c2be5c1e771b5396d750beb96eed",
        ];
        check(Algorithm::HmacSm3, b"Jefe", b"what do ya want for nothing?", expected[0]);
        check(Algorithm::HmacSm3, &[0xaa; 131], b"Hash Key First", expected[1]);
    }

    #[test]
    fn the_name_of_an_algorithm_is_its_text_in_json() {
        for algorithm in [Algorithm::HmacSha256, Algorithm::HmacSm3] {
            assert_eq!(serde_json::to_value(algorithm).unwrap(), algorithm.name());
        }
    }
}
