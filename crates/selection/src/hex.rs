//! Lower-case hexadecimal text of keys, commitments and draws: one text for each value, and no other accepted.

/// Text that is not the expected number of lower-case hexadecimal digits. It never repeats the text: it may
/// be a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HexError {
    /// Too short or too long.
    #[error("expected {expected} hexadecimal digits, found {found} bytes")]
    Length {
        /// Digits expected.
        expected: usize,
        /// Bytes found.
        found: usize,
    },
    /// Something other than `0`–`9` and `a`–`f`.
    #[error("the byte at position {position} is not a lower-case hexadecimal digit")]
    Digit {
        /// Position in the text, from 0.
        position: usize,
    },
}

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// `bytes` as lower-case hexadecimal digits, two for each byte.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    bytes.iter().flat_map(|&byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Reads exactly `2 * N` lower-case hexadecimal digits.
pub(crate) fn decode<const N: usize>(text: &str) -> Result<[u8; N], HexError> {
    if text.len() != 2 * N {
        return Err(HexError::Length { expected: 2 * N, found: text.len() });
    }
    let mut bytes = [0; N];
    for (position, byte) in text.bytes().enumerate() {
        let nibble = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            _ => return Err(HexError::Digit { position }),
        };
        bytes[position / 2] = bytes[position / 2] << 4 | nibble;
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_comes_back_from_its_text() {
        let bytes: [u8; 256] = std::array::from_fn(|i| i as u8);
        assert_eq!(decode::<256>(&encode(&bytes)), Ok(bytes));
        assert_eq!(encode(&[0x0f, 0xa0]), "0fa0");
    }

    #[test]
    fn a_text_of_another_form_is_refused_with_its_position() {
        assert_eq!(decode::<2>("0fa"), Err(HexError::Length { expected: 4, found: 3 }));
        assert_eq!(decode::<3>("0fa0"), Err(HexError::Length { expected: 6, found: 4 }));
        assert_eq!(decode::<2>("0fa00"), Err(HexError::Length { expected: 4, found: 5 }));
        assert_eq!(decode::<2>("0fA0"), Err(HexError::Digit { position: 2 }));
        assert_eq!(decode::<2>("0f 0"), Err(HexError::Digit { position: 2 }));
        assert_eq!(decode::<2>("赵0"), Err(HexError::Digit { position: 0 }));
    }
}
