//! Keys of logs and of witnesses, as people write them (verifier keys of c2sp.org/signed-note).

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

use crate::note::is_key_name;

/// How the Go tools, and this one, begin a secret key.
const PRIVATE: &str = "PRIVATE+KEY+";

/// What a key signs. The number of a kind is part of the key's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// 0x01: the text of a note, with Ed25519. The key of a log.
    Log,
    /// 0x04: a cosignature with its time, with Ed25519. The key of a witness.
    Witness,
}

impl KeyKind {
    fn number(self) -> u8 {
        match self {
            KeyKind::Log => 1,
            KeyKind::Witness => 4,
        }
    }

    fn of_number(number: u8) -> Option<KeyKind> {
        [KeyKind::Log, KeyKind::Witness].into_iter().find(|kind| kind.number() == number)
    }
}

/// A text that is not a key: expected `NAME+HASH+BASE64` of an Ed25519 key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a verifier key `NAME+HASH+BASE64` of Ed25519, kind 01 (log) or 04 (witness)")]
pub struct UnknownKey;

/// Name and public key of who signs: `NAME+HASH+BASE64`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    kind: KeyKind,
    key: VerifyingKey,
}

impl VerifierKey {
    /// The key of a log or a witness; `None` if the name may not be one.
    #[must_use]
    pub fn new(name: &str, kind: KeyKind, key: VerifyingKey) -> Option<VerifierKey> {
        is_key_name(name).then(|| VerifierKey { name: name.to_owned(), kind, key })
    }

    /// The name: of a log, its origin.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it signs.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The public key.
    #[must_use]
    pub fn key(&self) -> &VerifyingKey {
        &self.key
    }

    /// First four bytes of SHA-256(name ‖ 0x0A ‖ kind ‖ key).
    #[must_use]
    pub fn id(&self) -> [u8; 4] {
        let hash = Sha256::new()
            .chain_update(&self.name)
            .chain_update([b'\n', self.kind.number()])
            .chain_update(self.key.as_bytes())
            .finalize();
        [hash[0], hash[1], hash[2], hash[3]]
    }

    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let signature = Signature::from_slice(signature);
        signature.is_ok_and(|signature| self.key.verify_strict(message, &signature).is_ok())
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_key(f, &self.name, self.id(), self.kind, self.key.as_bytes())
    }
}

impl FromStr for VerifierKey {
    type Err = UnknownKey;

    fn from_str(text: &str) -> Result<VerifierKey, UnknownKey> {
        let (name, id, kind, bytes) = read_key(text).ok_or(UnknownKey)?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| UnknownKey)?;
        let read = VerifierKey::new(name, kind, key).ok_or(UnknownKey)?;
        if read.id() == id { Ok(read) } else { Err(UnknownKey) }
    }
}

/// The secret key of a witness: `PRIVATE+KEY+NAME+HASH+BASE64`. It shows itself only by [`WitnessKey::reveal`].
#[derive(Clone)]
pub struct WitnessKey {
    name: String,
    signing: SigningKey,
}

impl WitnessKey {
    /// A witness of that name; `None` if the name may not be one. The seed must be random and used for nothing else.
    #[must_use]
    pub fn new(name: &str, seed: &[u8; 32]) -> Option<WitnessKey> {
        is_key_name(name).then(|| WitnessKey { name: name.to_owned(), signing: SigningKey::from_bytes(seed) })
    }

    /// Its public part.
    #[must_use]
    pub fn public(&self) -> VerifierKey {
        let key = self.signing.verifying_key();
        VerifierKey { name: self.name.clone(), kind: KeyKind::Witness, key }
    }

    pub(crate) fn signing(&self) -> &SigningKey {
        &self.signing
    }

    /// The secret, as its file has it.
    #[must_use]
    pub fn reveal(&self) -> String {
        let shown = Shown { name: &self.name, id: self.public().id(), seed: self.signing.to_bytes() };
        format!("{PRIVATE}{shown}")
    }
}

struct Shown<'a> {
    name: &'a str,
    id: [u8; 4],
    seed: [u8; 32],
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_key(f, self.name, self.id, KeyKind::Witness, &self.seed)
    }
}

impl fmt::Debug for WitnessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WitnessKey({})", self.public())
    }
}

impl FromStr for WitnessKey {
    type Err = UnknownKey;

    fn from_str(text: &str) -> Result<WitnessKey, UnknownKey> {
        let (name, id, kind, seed) = text.strip_prefix(PRIVATE).and_then(read_key).ok_or(UnknownKey)?;
        let read = WitnessKey::new(name, &seed).ok_or(UnknownKey)?;
        if kind == KeyKind::Witness && read.public().id() == id { Ok(read) } else { Err(UnknownKey) }
    }
}

fn write_key(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    id: [u8; 4],
    kind: KeyKind,
    bytes: &[u8; 32],
) -> fmt::Result {
    let bytes = [&[kind.number()], bytes.as_slice()].concat();
    write!(f, "{name}+{}+{}", hex::encode(id), STANDARD.encode(bytes))
}

fn read_key(text: &str) -> Option<(&str, [u8; 4], KeyKind, [u8; 32])> {
    // The digits of base64 may have plus signs.
    let mut parts = text.splitn(3, '+');
    let (name, id, digits) = (parts.next()?, parts.next()?, parts.next()?);
    let id = <[u8; 4]>::try_from(hex::decode(id).ok()?).ok()?;
    let bytes = STANDARD.decode(digits).ok()?;
    let (kind, key) = bytes.split_first()?;
    Some((name, id, KeyKind::of_number(*kind)?, <[u8; 32]>::try_from(key).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Test vector of the Go package from which the standard comes (golang.org/x/mod/sumdb/note).
    const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

    #[test]
    fn a_known_key_is_read_and_written_alike() {
        let key: VerifierKey = PETER.parse().unwrap();
        assert_eq!((key.name(), key.kind()), ("PeterNeumann", KeyKind::Log));
        assert_eq!(hex::encode(key.id()), "c74f20a3");
        assert_eq!(key.to_string(), PETER);
    }

    #[test]
    fn a_known_signature_holds() {
        let text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
        let line = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=";
        let line = crate::SignatureLine::parse(line).unwrap();
        let key: VerifierKey = PETER.parse().unwrap();
        assert_eq!(line.key_id, key.id());
        assert!(key.verifies(text.as_bytes(), &line.signature));
        assert!(!key.verifies(text.replace("is.", "was.").as_bytes(), &line.signature));
    }

    #[test]
    fn a_witness_key_is_read_and_written_alike_and_keeps_its_secret() {
        let key = WitnessKey::new("witness.example/w1", &[7; 32]).unwrap();
        let read: WitnessKey = key.reveal().parse().unwrap();
        assert_eq!(read.public(), key.public());
        assert_eq!(key.public().to_string().parse(), Ok(key.public()));
        assert!(!format!("{key:?}").contains("PRIVATE"));
    }

    #[test]
    fn what_is_not_a_key_is_refused() {
        let witness = WitnessKey::new("w", &[7; 32]).unwrap();
        let other_name = PETER.replace("Peter", "Petra");
        for text in [
            "",
            "a",
            "a+b+c",
            "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            &other_name,
        ] {
            assert_eq!(text.parse::<VerifierKey>(), Err(UnknownKey), "{text}");
            assert!(text.parse::<WitnessKey>().is_err());
        }
        assert!(witness.public().to_string().parse::<WitnessKey>().is_err());
        assert!(WitnessKey::new("a b", &[7; 32]).is_none() && WitnessKey::new("", &[7; 32]).is_none());
    }
}
