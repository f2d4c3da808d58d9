//! Random bytes of the operating system.

use crate::not_done::NotDone;

/// The operating system gives none.
#[derive(Debug, thiserror::Error)]
#[error("no random bytes from the operating system: {0}")]
pub struct NoRandom(getrandom::Error);

/// So many bytes.
pub fn random<const N: usize>() -> Result<[u8; N], NoRandom> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(NoRandom)?;
    Ok(bytes)
}

impl From<NoRandom> for NotDone {
    fn from(error: NoRandom) -> NotDone {
        NotDone::internal(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Problem;

    #[test]
    fn random_bytes_are_never_the_same() {
        let (one, other) = (random::<32>().unwrap(), random::<32>().unwrap());
        assert_ne!(one, other);
        assert!(
            [one, other].iter().all(|bytes| bytes.iter().any(|byte| *byte != bytes[0])),
            "{one:?} {other:?}"
        );
    }

    #[test]
    fn without_random_bytes_something_is_wrong_inside() {
        let told = NotDone::from(NoRandom(getrandom::Error::UNSUPPORTED));
        assert_eq!(told.problem(), Problem::Internal);
        assert!(
            told.detail().starts_with("no random bytes from the operating system: "),
            "{}",
            told.detail()
        );
    }
}
