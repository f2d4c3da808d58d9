//! Identifiers on rows: declaration numbers, items, applications, parties, lots, commodity codes.

use std::fmt::Write;

use super::case::{Case, Kind, World};
use super::goods::CODES;

/// The declaration's number (office 4, year 4, direction 1, serial 9), with `-n` for its item; `AP` + 12 digits for an
/// application.
pub(super) fn matter_id(case: &Case, out: &mut String) {
    if case.kind == Kind::Application {
        out.push_str("AP");
        return digits(case.number, 12, out);
    }
    digits(u64::from(case.office), 4, out);
    digits(u64::try_from(case.year).unwrap_or(0), 4, out);
    out.push(if case.is_import { '1' } else { '0' });
    digits(case.number % 1_000_000_000, 9, out);
    if let Kind::Item(item) = case.kind {
        out.push('-');
        // Writing to a string never fails.
        let _ = write!(out, "{item}");
    }
}

pub(super) fn hs_code(case: &Case, out: &mut String) {
    if case.kind != Kind::Declaration {
        out.push_str(CODES[case.goods]);
    }
}

pub(super) fn lot_id(case: &Case, out: &mut String) {
    if let Some((lot, _)) = case.lot {
        out.push_str("LOT");
        digits(lot, 9, out);
    }
}

/// The customs code of a party; nothing when it does not take part.
pub(super) fn party(world: &World, case: &Case, role: usize, out: &mut String) {
    if let Some(party) = case.parties[role] {
        let code = world.enterprises.customs_code(party);
        out.extend(code.iter().map(|byte| char::from(*byte)));
    }
}

fn digits(mut number: u64, places: usize, out: &mut String) {
    let mut text = [b'0'; 18];
    for place in text[..places].iter_mut().rev() {
        *place = b'0' + (number % 10).to_le_bytes()[0];
        number /= 10;
    }
    out.extend(text[..places].iter().map(|byte| char::from(*byte)));
}
