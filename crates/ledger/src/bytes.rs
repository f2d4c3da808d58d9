//! Numbers and texts as few bytes: LEB128 numbers, zigzag for signed ones, lengths before texts.

/// Writes.
#[derive(Debug, Default)]
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    /// Writes after what is there.
    pub(crate) fn after(bytes: Vec<u8>) -> Writer {
        Writer(bytes)
    }

    pub(crate) fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    pub(crate) fn signed(&mut self, number: i64) {
        self.number((number << 1 ^ number >> 63).cast_unsigned());
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.extend(text.as_bytes());
    }

    pub(crate) fn exactly(&mut self, bytes: &[u8]) {
        self.0.extend(bytes);
    }

    /// Values from 0 to 3, four in a byte, their number before them.
    pub(crate) fn quarters(&mut self, values: impl ExactSizeIterator<Item = u8>) {
        self.number(values.len() as u64);
        let (mut byte, mut shift) = (0, 0);
        for value in values {
            byte |= (value & 3) << shift;
            shift += 2;
            if shift == 8 {
                self.0.push(byte);
                (byte, shift) = (0, 0);
            }
        }
        if shift > 0 {
            self.0.push(byte);
        }
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// Reads what [`Writer`] wrote; every method is `None` where the bytes end or mean nothing.
#[derive(Debug)]
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader(bytes)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn number(&mut self) -> Option<u64> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            let part = u64::from(byte & 0x7f);
            if part << shift >> shift != part {
                return None;
            }
            number |= part << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    pub(crate) fn signed(&mut self) -> Option<i64> {
        let number = self.number()?;
        Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub(crate) fn text(&mut self) -> Option<&'a str> {
        let length = usize::try_from(self.number()?).ok()?;
        std::str::from_utf8(self.take(length)?).ok()
    }

    pub(crate) fn exactly<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    pub(crate) fn skip_quarters(&mut self) -> Option<()> {
        let count = usize::try_from(self.number()?).ok()?;
        self.take(count.div_ceil(4)).map(|_| ())
    }

    pub(crate) fn quarters(&mut self) -> Option<Vec<u8>> {
        let count = usize::try_from(self.number()?).ok()?;
        let bytes = self.take(count.div_ceil(4))?;
        Some((0..count).map(|at| bytes[at / 4] >> (2 * (at % 4)) & 3).collect())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(
            number: u64, signed: i64, text: String, quarters in prop::collection::vec(0u8..4, 0..40)
        ) {
            let mut out = Writer::default();
            out.number(number);
            out.signed(signed);
            out.text(&text);
            out.quarters(quarters.iter().copied());
            out.exactly(&[1, 2]);
            let bytes = out.finish();
            let mut input = Reader::new(&bytes);
            prop_assert_eq!(input.number(), Some(number));
            prop_assert_eq!(input.signed(), Some(signed));
            prop_assert_eq!(input.text(), Some(text.as_str()));
            let mut skipping = Reader(input.0);
            prop_assert_eq!((skipping.skip_quarters(), skipping.exactly()), (Some(()), Some([1, 2])));
            prop_assert_eq!(input.quarters(), Some(quarters));
            prop_assert_eq!(input.exactly(), Some([1, 2]));
            prop_assert!(input.is_empty());
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let mut input = Reader::new(&bytes);
            while input.number().is_some() && input.quarters().is_some() && input.text().is_some() {}
            prop_assert!(input.exactly::<100>().is_none());
        }
    }

    #[test]
    fn a_number_past_64_bits_is_none() {
        assert_eq!(Reader::new(&[0xff; 10]).number(), None);
        assert_eq!(
            Reader::new(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]).number(),
            Some(u64::MAX)
        );
        assert_eq!(Reader::new(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2]).number(), None);
    }
}
