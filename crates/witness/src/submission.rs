//! What a log sends to a witness: its last size, a proof, a checkpoint (c2sp.org/tlog-witness, `add-checkpoint`).

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::Hash;
use crate::checkpoint::{decimal, hash};
use crate::note::Note;

/// Most lines of a consistency proof.
pub const MOST_PROOF_LINES: usize = 63;

/// The body of a call of `add-checkpoint`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// Size of the checkpoint that the witness last cosigned, as far as the log knows; 0 if none.
    pub old: u64,
    /// The proof that the checkpoint's tree begins with the one of that size.
    pub proof: Vec<Hash>,
    /// The checkpoint, signed.
    pub note: Note,
}

impl Submission {
    /// Reads a body; `None` if it is not one.
    #[must_use]
    pub fn parse(body: &str) -> Option<Submission> {
        let (old, mut rest) = body.strip_prefix("old ")?.split_once('\n')?;
        let old = decimal(old)?;
        let mut proof = Vec::new();
        loop {
            let (line, more) = rest.split_once('\n')?;
            rest = more;
            if line.is_empty() {
                break;
            }
            if proof.len() == MOST_PROOF_LINES {
                return None;
            }
            proof.push(hash(line)?);
        }
        Some(Submission { old, proof, note: Note::parse(rest).ok()? })
    }
}

/// The body.
impl fmt::Display for Submission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old)?;
        self.proof.iter().try_for_each(|hash| writeln!(f, "{}", STANDARD.encode(hash)))?;
        write!(f, "\n{}", self.note)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the standard.
    const EXAMPLE: &str = "old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=
";

    #[test]
    fn the_example_of_the_standard_is_read_and_written_alike() {
        let read = Submission::parse(EXAMPLE).unwrap();
        assert_eq!((read.old, read.proof.len(), read.note.signatures.len()), (20_852_014, 4, 2));
        assert_eq!(read.to_string(), EXAMPLE);
    }

    #[test]
    fn what_is_not_a_submission_is_refused() {
        let with = |from: &str, to: &str| EXAMPLE.replacen(from, to, 1);
        let proof = "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n";
        for body in [
            String::new(),
            "old 1".to_owned(),
            with("old ", "new "),
            with("old ", "old 0"),
            with("old ", "old +"),
            with("PlRN", "PlR"),
            with("=\n\nexample", "=\nexample"),
            with(proof, &proof.repeat(61)),
        ] {
            assert_eq!(Submission::parse(&body), None, "{body:.60}");
        }
        assert!(Submission::parse(&with(proof, &proof.repeat(60))).is_some());
    }
}
