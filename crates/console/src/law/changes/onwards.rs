//! A draft is changed further: a number or a condition by its form, a file as text. What comes of it is another draft, with both changes.

use greenlane_desk::laws::Law;
use greenlane_policy::pack::{Condition, Measure, Pack, Version};
use greenlane_store::{Release, ReleaseState};
use maud::{Markup, html};

use crate::card::card;
use crate::reader::Reader;

/// Ways to go on from a draft; nothing for who may not, or if it is no draft any more.
pub(super) fn onwards(reader: &Reader, release: &Release, law: &Law) -> Markup {
    if !reader.caller.can_propose() || release.state != ReleaseState::Uploaded {
        return html! {};
    }
    let (pack, language, base) = (&law.engine.pack, reader.language.name(), release.number);
    let list = |summary: &str, items: Markup| {
        html! { details."mb-2" { summary { (summary) } ul."mt-2"."mb-0" { (items) } } }
    };
    let numbers = html! {
        @for one in &pack.parameters {
            li { a href={ "/law/numbers/" (one.name) "?base=" (base) } { (one.label.get(language)) } }
        }
    };
    let measures = html! {
        @for one in &pack.measures {
            li { a href={ "/law/file?file=" (one.file) "&base=" (base) } { (one.title.get(language)) } }
        }
    };
    let conditions = html! {
        @for (measure, version, condition) in conditions(&law.engine.pack) {
            li {
                a href={ "/law/conditions/" (measure.id) "/" (condition.name) "?version=" (version.in_force.from) "&base=" (base) } { (condition.text.get(language)) }
                " " span."text-secondary" { (measure.title.get(language)) " · " (version.in_force.from) }
            }
        }
    };
    let content = html! {
        div."card-body" {
            (list(reader.say("再改一个参数", "Change a number as well"), numbers))
            (list(reader.say("再改一个条件", "Change a condition as well"), conditions))
            (list(reader.say("再改一项措施", "Change a measure as well"), measures))
        }
    };
    card("onwards", reader.say("在此基础上继续修改", "Go on from here"), &content)
}

/// Conditions of every version, in the order of the pack.
fn conditions(pack: &Pack) -> impl Iterator<Item = (&Measure, &Version, &Condition)> {
    let versions = pack
        .measures
        .iter()
        .flat_map(|measure| measure.versions.iter().map(move |version| (measure, version)));
    versions.flat_map(|(measure, version)| {
        version.conditions.iter().map(move |condition| (measure, version, condition))
    })
}
