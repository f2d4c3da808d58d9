//! What came of a task that is done: how it was done, what was found, and which files belong to it.

use greenlane_casework::Outcome;
use greenlane_policy::pack::Pack;
use maud::{Markup, html};

use super::choice::Choice;
use super::outcome::mode_name;
use crate::names::code_name;
use crate::reader::Reader;

/// What an officer found.
pub(super) fn done(reader: &Reader, pack: &Pack, outcome: &Outcome) -> Markup {
    html! {
        p { (reader.say("检查方式：", "Done: ")) span { (mode_name(reader.language, outcome.mode)) } }
        @if outcome.findings.is_empty() { p { (reader.say("未查发异常。", "All was as declared.")) } }
        ul { @for finding in &outcome.findings {
            li {
                (code_name(pack, "finding", &finding.code, reader.language))
                @if let Some(quantity) = &finding.quantity { " " (quantity) }
                @if let Some(unit) = &finding.measured_in { " " span translate="no" { (unit) } }
                @if !finding.text.is_empty() { " – " span translate="no" { (finding.text) } }
            }
        } }
        @if !outcome.text.is_empty() { p translate="no" { (outcome.text) } }
        @if !outcome.attachments.is_empty() {
            p."mb-1" { (reader.say("照片和单证的 SHA-256：", "SHA-256 of photos and papers:")) }
            ul { @for hash in &outcome.attachments { li { code."text-break" { (hash) } } } }
        }
        a.btn."btn-primary" href=(Choice::of(&reader.path).list()) autofocus { (reader.say("继续", "Go on")) }
    }
}
