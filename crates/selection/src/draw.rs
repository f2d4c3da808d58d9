//! One draw for each matter and stage, and the exact threshold by which a rate selects it.

use std::fmt;
use std::str::FromStr;

use greenlane_policy::units::Rate;
use greenlane_terms::Stage;
use serde::{Deserialize, Serialize};

use crate::hex::{self, HexError};
use crate::keys::EpochKey;
use crate::mac::KeyedMac;

/// First field of every draw's message; a change of the message needs another.
const DRAW: &str = "greenlane/draw/v1";

/// A draw: a whole number `u` below 2^64, read as the fraction `u / 2^64`, so from 0 to just below 1.
///
/// `Display` is the fraction with four places, rounded down, so never `1.0000`; [`Draw::to_hex`] and JSON show all
/// of it as 16 lower-case hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Draw {
    u: u64,
}

impl Draw {
    /// The draw of this number.
    #[must_use]
    pub const fn from_u64(u: u64) -> Draw {
        Draw { u }
    }

    /// The number.
    #[must_use]
    pub const fn u(self) -> u64 {
        self.u
    }

    /// Does a rate select this draw? Rate 0 never does, rate 1 always; what a rate selects, every higher one
    /// does.
    #[must_use]
    pub fn selects(self, rate: Rate) -> bool {
        self.is_below(threshold(rate))
    }

    /// Is `u` below a [`threshold`] computed before?
    #[must_use]
    pub const fn is_below(self, threshold: u128) -> bool {
        (self.u as u128) < threshold
    }

    /// All 64 bits as 16 lower-case hexadecimal digits.
    #[must_use]
    pub fn to_hex(self) -> String {
        hex::encode(&self.u.to_be_bytes())
    }
}

/// The number of draws a rate selects out of 2^64: the least whole number not below `rate · 2^64`, exactly.
///
/// From 0 for rate 0 to 2^64 for rate 1, hence the type. A draw is selected iff `u` is below it.
#[must_use]
pub fn threshold(rate: Rate) -> u128 {
    (u128::from(rate.parts()) << 64).div_ceil(u128::from(Rate::WHOLE))
}

impl fmt::Display for Draw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0.{:04}", (u128::from(self.u) * 10_000) >> 64)
    }
}

impl FromStr for Draw {
    type Err = HexError;

    /// Reads the 16 digits of [`Draw::to_hex`], not the shortened fraction.
    fn from_str(text: &str) -> Result<Draw, HexError> {
        hex::decode(text).map(|bytes| Draw { u: u64::from_be_bytes(bytes) })
    }
}

impl TryFrom<String> for Draw {
    type Error = HexError;

    fn try_from(text: String) -> Result<Draw, HexError> {
        text.parse()
    }
}

impl From<Draw> for String {
    fn from(draw: Draw) -> String {
        draw.to_hex()
    }
}

/// Draws under one epoch key, basis and stage; prepared once, so that a draw costs two or three blocks of
/// hash.
///
/// A draw is the top 64 bits of HMAC(epoch key, message). The message is the fields `greenlane/draw/v1`,
/// basis, stage name, matter id; each as its length in bytes (8 bytes, big-endian) and its UTF-8 bytes.
#[derive(Clone)]
pub struct Drawer {
    mac: KeyedMac,
}

impl Drawer {
    /// Prepares draws. `basis` is the hexadecimal hash of the pack, or the label under which several packs
    /// are compared: with one label they draw alike, and decisions flip only where the packs differ.
    #[must_use]
    pub fn new(key: &EpochKey, basis: &str, stage: Stage) -> Drawer {
        let mut mac = key.mac();
        for field in [DRAW, basis, stage.name()] {
            mac.absorb_field(field);
        }
        Drawer { mac }
    }

    /// The draw of a matter: the same at every retry. The id must name the matter (a declaration's number),
    /// not describe it: two matters with one id share one draw.
    #[must_use]
    pub fn draw(&self, matter_id: &str) -> Draw {
        self.draw_fields(&[matter_id])
    }

    /// The draw of a matter and whatever further fields tell its draws apart.
    pub(crate) fn draw_fields(&self, fields: &[&str]) -> Draw {
        let mut mac = self.mac.clone();
        for field in fields {
            mac.absorb_field(field);
        }
        let [a, b, c, d, e, f, g, h, ..] = mac.finish();
        Draw { u: u64::from_be_bytes([a, b, c, d, e, f, g, h]) }
    }
}

impl fmt::Debug for Drawer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Drawer(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Algorithm, MasterKey};

    const WHOLE: u128 = Rate::WHOLE as u128;
    const PACK: &str = "4862f447f2c7f272fa2f4aaf89dadb3b1ac09105bd5864f8d1a0c9452bb0a226";
    const MATTER: &str = "530120250000000001";

    fn drawer(algorithm: Algorithm, basis: &str, stage: Stage) -> Drawer {
        let master = MasterKey::new(std::array::from_fn(|i| i as u8));
        Drawer::new(&master.epoch_key(algorithm, "2025-11-24".parse().unwrap()), basis, stage)
    }

    fn inspection() -> Drawer {
        drawer(Algorithm::HmacSha256, PACK, Stage::Inspection)
    }

    fn parts(parts: u64) -> Rate {
        Rate::from_parts(parts).unwrap()
    }

    /// Expected values from Python's `hmac` over OpenSSL, from master key to draw.
    #[test]
    fn a_draw_is_the_one_an_auditor_computes_elsewhere() {
        assert_eq!(inspection().draw(MATTER).to_hex(), "d91bf83e0b4a885e");
        let sm3 = drawer(Algorithm::HmacSm3, PACK, Stage::Inspection);
        assert_eq!(sm3.draw(MATTER).to_hex(), "ade37a959f87f57d");
        assert_eq!(format!("{sm3:?}"), "Drawer(redacted)", "it holds a key");
    }

    #[test]
    fn a_retry_draws_the_same_and_order_does_not_matter() {
        let drawer = inspection();
        let ids: Vec<String> = (0..1_000).map(|i| format!("M{i}")).collect();
        let first: Vec<Draw> = ids.iter().map(|id| drawer.draw(id)).collect();
        let mut again: Vec<Draw> = ids.iter().rev().map(|id| inspection().draw(id)).collect();
        again.reverse();
        assert_eq!(first, again);
    }

    #[test]
    fn every_part_of_the_message_changes_the_draw() {
        let own = inspection().draw(MATTER);
        assert_ne!(own, inspection().draw("530120250000000002"));
        assert_ne!(own, drawer(Algorithm::HmacSha256, "compare-2026", Stage::Inspection).draw(MATTER));
        for stage in Stage::ALL.into_iter().filter(|&stage| stage != Stage::Inspection) {
            assert_ne!(own, drawer(Algorithm::HmacSha256, PACK, stage).draw(MATTER), "{stage}");
        }
    }

    #[test]
    fn moving_a_letter_between_two_fields_changes_the_draw() {
        let drawer = inspection();
        assert_ne!(drawer.draw_fields(&["ab", "c"]), drawer.draw_fields(&["a", "bc"]));
        assert_ne!(drawer.draw_fields(&["abc"]), drawer.draw_fields(&["abc", ""]));
        let with = |basis| self::drawer(Algorithm::HmacSha256, basis, Stage::Sampling);
        assert_ne!(with("a").draw("bc"), with("ab").draw("c"));
        assert_ne!(with("x").draw("sampling"), with("xsampling").draw(""));
        // Even a matter id that spells out the encoding of two fields is not those two fields.
        let spelled = "a\0\0\0\0\0\0\0\u{1}b";
        assert_ne!(drawer.draw(spelled), drawer.draw_fields(&["a", "b"]));
    }

    #[test]
    fn rate_zero_never_selects_and_rate_one_always_does() {
        for u in [0, 1, u64::MAX / 2, u64::MAX - 1, u64::MAX] {
            assert!(!Draw::from_u64(u).selects(Rate::NEVER), "{u}");
            assert!(Draw::from_u64(u).selects(Rate::ALWAYS), "{u}");
        }
        assert_eq!((threshold(Rate::NEVER), threshold(Rate::ALWAYS)), (0, 1 << 64));
        assert!(Draw::from_u64(0).selects(parts(1)));
        assert!(!Draw::from_u64(u64::MAX).selects(parts(Rate::WHOLE - 1)));
    }

    /// Expected values from Python's whole numbers.
    #[test]
    fn the_last_selected_draw_lies_just_below_the_threshold() {
        let check = |rate: &str, expected: u64| {
            let rate = Rate::parse(rate).unwrap();
            assert_eq!(threshold(rate), u128::from(expected));
            assert!(Draw::from_u64(expected - 1).selects(rate), "{rate} just below");
            assert!(!Draw::from_u64(expected).selects(rate), "{rate} at");
            assert!(!Draw::from_u64(expected + 1).selects(rate), "{rate} above");
        };
        check("0.5", 1 << 63);
        check("5%", 922_337_203_685_477_581);
        check("0.00244", 45_010_055_539_851_306);
        check("0.333333333333", 6_148_914_691_230_368_291);
        check("0.000000000001", 18_446_745);
    }

    #[test]
    fn the_text_of_a_draw_is_rounded_down_and_never_one() {
        let check = |u: u64, expected: &str| assert_eq!(Draw::from_u64(u).to_string(), expected);
        check(0, "0.0000");
        check(u64::MAX, "0.9999");
        check(1 << 63, "0.5000");
        check((1 << 63) - 1, "0.4999");
        let json = serde_json::to_string(&Draw::from_u64(0xfe)).unwrap();
        assert_eq!(json, "\"00000000000000fe\"");
        assert_eq!(serde_json::from_str::<Draw>(&json).unwrap(), Draw::from_u64(0xfe));
        assert!(serde_json::from_str::<Draw>("\"fe\"").is_err());
    }

    proptest! {
        #[test]
        fn a_lower_rate_selects_a_subset_of_a_higher_one(u: u64, a in 0..=Rate::WHOLE, b in 0..=Rate::WHOLE) {
            let (low, high) = (parts(a.min(b)), parts(a.max(b)));
            prop_assert!(threshold(low) <= threshold(high));
            prop_assert!(!Draw::from_u64(u).selects(low) || Draw::from_u64(u).selects(high));
        }

        #[test]
        fn selection_is_the_exact_comparison_of_fractions(a in 0..=Rate::WHOLE, offset in -3i128..=3) {
            let near = i128::try_from(threshold(parts(a))).unwrap() + offset;
            if let Ok(u) = u64::try_from(near) {
                let exact = u128::from(u) * WHOLE < u128::from(a) << 64;
                prop_assert_eq!(Draw::from_u64(u).selects(parts(a)), exact);
            }
        }
    }
}
