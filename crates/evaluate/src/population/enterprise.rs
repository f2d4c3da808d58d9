//! One enterprise: its identifiers and what the registry knows about it.

use greenlane_intake::identifiers::Uscc;
use greenlane_terms::calendar::Day;

use super::random::{Stream, again, below, between, chance, number};

/// The first day of `certified` and `seriously_dishonest` (署令282): 2026-04-01.
pub(super) const NEW_LEVELS: Day = Day(20_544);
/// AEOs among active firms, in parts of 1,000,000: 1.19 %, published for the first quarter of 2024.
pub(super) const AEO_FIRMS: u64 = 11_900;
/// AEOs with a finding in the year before, in parts of 1,000,000; chosen so that the mean rates come out.
pub(super) const AEO_WITH_FINDING: u64 = 515_000;
/// A fact that nobody reported, in parts of 1,000,000.
const UNKNOWN: u64 = 3_000;

/// Credit levels as the pack codes them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Levels {
    pub(super) advanced: Option<i64>,
    pub(super) certified: Option<i64>,
    pub(super) regular: Option<i64>,
    pub(super) dishonest: Option<i64>,
    pub(super) seriously_dishonest: Option<i64>,
}

/// Standing of an enterprise, whatever the regime calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Advanced,
    Certified,
    Regular,
    Dishonest,
    SeriouslyDishonest,
}

/// Facts of a party in the order of the registry's columns; names without the role.
pub(super) const FACTS: [&str; 35] = [
    "level",
    "advanced_since",
    "is_producer",
    "tax_late_ever",
    "downgraded_ever",
    "suspended_ever",
    "penalties_5y",
    "tax_paid[y1]",
    "tax_paid[y2]",
    "tax_paid[y3]",
    "tax_paid[y4]",
    "tax_paid[y5]",
    "debt_ratio[y1]",
    "debt_ratio[y2]",
    "debt_ratio[y3]",
    "debt_ratio[y4]",
    "debt_ratio[y5]",
    "debt_ratio[last_month]",
    "cash_ratio[y1]",
    "cash_ratio[y2]",
    "cash_ratio[y3]",
    "cash_ratio[y4]",
    "cash_ratio[y5]",
    "cash_ratio[last_month]",
    "findings_1y",
    "erp_linked",
    "breeding_licence",
    "use_licence",
    "cross_border_ecommerce",
    "in_remote_pilot",
    "undertaking",
    "grain_processor",
    "linked_to_aeo",
    "industry",
    "destination_quarantine",
];

/// Industries of the sample standard values.
pub(super) const INDUSTRIES: [&str; 8] = ["0103", "0104", "0106", "0108", "0110", "02", "04", "06"];

/// Enterprises of one population.
#[derive(Clone, Copy, Debug)]
pub(super) struct Enterprises {
    pub(super) seed: u64,
    pub(super) count: u64,
    pub(super) levels: Levels,
    pub(super) first_day: Day,
}

impl Enterprises {
    /// How many are AEO; they come first.
    pub(super) fn aeo(&self) -> u64 {
        ((self.count * AEO_FIRMS + 500_000) / 1_000_000).max(1)
    }

    fn number(&self, enterprise: u64) -> u64 {
        number(self.seed, Stream::Enterprise, enterprise)
    }

    pub(super) fn standing(&self, enterprise: u64) -> Standing {
        if enterprise < self.aeo() {
            return Standing::Advanced;
        }
        match below(again(self.number(enterprise), 1), 10_000) {
            0..100 => Standing::Certified,
            100..140 => Standing::Dishonest,
            140..150 => Standing::SeriouslyDishonest,
            _ => Standing::Regular,
        }
    }

    /// The code of its level on a day.
    pub(super) fn level(&self, enterprise: u64, day: Day) -> Option<i64> {
        let levels = &self.levels;
        match self.standing(enterprise) {
            Standing::Advanced => levels.advanced,
            Standing::Certified if day >= NEW_LEVELS => levels.certified,
            Standing::Certified | Standing::Regular => levels.regular,
            Standing::SeriouslyDishonest if day >= NEW_LEVELS => levels.seriously_dishonest,
            Standing::Dishonest | Standing::SeriouslyDishonest => levels.dishonest,
        }
    }

    /// Whether its level changes with the new levels.
    pub(super) fn changes(&self, enterprise: u64) -> bool {
        matches!(self.standing(enterprise), Standing::Certified | Standing::SeriouslyDishonest)
    }

    /// A fact of [`FACTS`] by its place; `None` for texts, unknown facts, and enterprises outside the registry.
    pub(super) fn fact(&self, fact: usize, enterprise: u64, day: Day) -> Option<i64> {
        if enterprise >= self.count {
            return None;
        }
        if fact == 0 {
            return self.level(enterprise, day);
        }
        let own = self.number(enterprise);
        let dice = again(own, 100 + fact as u64);
        if chance(again(dice, 1), UNKNOWN) {
            return None;
        }
        let is_aeo = enterprise < self.aeo();
        let flag = |parts| Some(i64::from(chance(dice, parts)));
        match fact {
            1 => is_aeo.then(|| i64::from(self.first_day.0) - between(dice, 30, 5_500)),
            2 => flag(if is_aeo { 700_000 } else { 400_000 }),
            // Rare, and rarer for AEOs.
            3..=6 => Some(rare(dice, if is_aeo { 20_000 } else { 80_000 })),
            7..=11 => Some(tax(dice, own, is_aeo)),
            12..=17 => Some(around(again(own, 12), dice, 4_860, -900, 300)),
            18..=23 => Some(around(again(own, 18), dice, 2_380, -300, 900)),
            24 => Some(rare(dice, if is_aeo { AEO_WITH_FINDING } else { 150_000 })),
            25 => flag(if is_aeo { 300_000 } else { 10_000 }),
            // Who breeds laboratory animals mostly uses them too.
            26 | 27 => Some(i64::from(chance(again(own, 26), 30_000) && chance(dice, 900_000))),
            28 => flag(50_000),
            29 => flag(if is_aeo { 150_000 } else { 0 }),
            30 => flag(if is_aeo { 700_000 } else { 100_000 }),
            31 => flag(30_000),
            32 => flag(200_000),
            34 => flag(if is_aeo { 300_000 } else { 10_000 }),
            _ => None,
        }
    }

    /// Code of its industry.
    pub(super) fn industry(&self, enterprise: u64) -> &'static str {
        let place = below(again(self.number(enterprise), 99), INDUSTRIES.len() as u64);
        INDUSTRIES.get(usize::try_from(place).unwrap_or(0)).copied().unwrap_or("06")
    }

    /// Customs code: district 4, zone 1, kind 1, serial 4 (digits, then letters).
    pub(super) fn customs_code(&self, enterprise: u64) -> [u8; 10] {
        const SYMBOLS: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
        let mut code = *b"3101900000";
        let mut rest = enterprise;
        // The serial in base 36 makes it unique: 36^6 enterprises.
        for place in (4..10).rev() {
            code[place] = SYMBOLS[usize::try_from(rest % 36).unwrap_or(0)];
            rest /= 36;
        }
        let district = 1_000 + below(again(self.number(enterprise), 98), 9_000);
        code[..4].copy_from_slice(format!("{district:04}").as_bytes());
        code
    }

    /// USCC with its check character.
    pub(super) fn uscc(&self, enterprise: u64) -> String {
        let first =
            format!("91{:06}{enterprise:09}", 110_000 + below(again(self.number(enterprise), 97), 540_000));
        let check = Uscc::check_character(&first).unwrap_or('0');
        format!("{first}{check}")
    }
}

fn rare(dice: u64, parts: u64) -> i64 {
    if chance(dice, parts) { between(again(dice, 2), 1, 3) } else { 0 }
}

/// Tax of one year in fen: around the 10,000,000 CNY of article 7 for AEOs, small for most others; sometimes exactly there.
fn tax(dice: u64, own: u64, is_aeo: bool) -> i64 {
    const THRESHOLD: i64 = 1_000_000_000;
    match (is_aeo, below(again(dice, 3), 50)) {
        (_, 0) if chance(own, 200_000) => THRESHOLD - between(dice, 0, 1),
        (true, _) => between(dice, THRESHOLD - 50_000_000, 40 * THRESHOLD),
        (false, _) => between(dice, 0, THRESHOLD + THRESHOLD / 5),
    }
}

/// A ratio near `middle`: the enterprise's own place from `below` to `above` it, and a little of the year's.
fn around(own: u64, dice: u64, middle: i64, below: i64, above: i64) -> i64 {
    middle + between(own, below, above) + between(dice, -60, 60)
}
