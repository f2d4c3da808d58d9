//! Cosignatures: "at that time this was the largest consistent head of the log that I had seen" (c2sp.org/tlog-cosignature).

use ed25519_dalek::Signer;

use crate::key::{KeyKind, VerifierKey, WitnessKey};
use crate::note::{Note, SignatureLine};

/// What is signed: a line for the format, one for the time, and the whole text of the checkpoint.
fn message(at_s: u64, text: &str) -> Vec<u8> {
    format!("cosignature/v1\ntime {at_s}\n{text}").into_bytes()
}

/// Cosigns the text of a checkpoint; `at_s` is the time in seconds since 1970-01-01 UTC.
#[must_use]
pub(crate) fn cosign(key: &WitnessKey, at_s: u64, text: &str) -> SignatureLine {
    let signature = key.signing().sign(&message(at_s, text)).to_bytes();
    let public = key.public();
    let signature = [at_s.to_be_bytes().as_slice(), &signature].concat();
    SignatureLine { name: public.name().to_owned(), key_id: public.id(), signature }
}

/// When a witness cosigned the text of a checkpoint, in seconds since 1970-01-01 UTC; `None` if this line does not say
/// so: it is of another key, or does not hold.
#[must_use]
pub fn time_of(key: &VerifierKey, text: &str, line: &SignatureLine) -> Option<u64> {
    let is_of_key = key.kind() == KeyKind::Witness && line.name == key.name() && line.key_id == key.id();
    let (at_s, signature) = line.signature.split_first_chunk::<8>()?;
    let at_s = Some(u64::from_be_bytes(*at_s)).filter(|at_s| i64::try_from(*at_s).is_ok())?;
    (is_of_key && key.verifies(&message(at_s, text), signature)).then_some(at_s)
}

/// The latest time at which a witness cosigned a note.
#[must_use]
pub fn latest(key: &VerifierKey, note: &Note) -> Option<u64> {
    note.signatures.iter().filter_map(|line| time_of(key, note.text(), line)).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

    #[test]
    fn the_signed_message_is_that_of_the_standard() {
        let expected = format!("cosignature/v1\ntime 1679315147\n{TEXT}");
        assert_eq!(message(1_679_315_147, TEXT), expected.as_bytes());
    }

    #[test]
    fn a_cosignature_holds_for_its_text_time_and_key_alone() {
        let key = WitnessKey::new("witness.example.com/w1", &[5; 32]).unwrap();
        let line = cosign(&key, 1_679_315_147, TEXT);
        assert_eq!(time_of(&key.public(), TEXT, &line), Some(1_679_315_147));
        assert_eq!(line.signature.len(), 72);
        let other = WitnessKey::new("witness.example.com/w1", &[6; 32]).unwrap();
        assert_eq!(time_of(&other.public(), TEXT, &line), None);
        assert_eq!(time_of(&key.public(), &TEXT.replace("63", "64"), &line), None);
        let of_log = VerifierKey::new("witness.example.com/w1", KeyKind::Log, *key.public().key()).unwrap();
        assert_eq!(time_of(&of_log, TEXT, &line), None);
        for at in [0, 7, 8, 71] {
            let mut changed = line.clone();
            changed.signature[at] ^= 1;
            assert_eq!(time_of(&key.public(), TEXT, &changed), None, "byte {at}");
        }
        let short = SignatureLine { signature: vec![0; 7], ..line };
        assert_eq!(time_of(&key.public(), TEXT, &short), None);
    }
}
