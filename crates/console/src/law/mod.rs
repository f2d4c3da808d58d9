//! Law: each measure as a card, by article; and its page.

mod cases;
mod changes;
mod edit;
mod often;
mod one;
mod parameters;

use axum::extract::State;
use axum::response::Response;
use greenlane_engine::labels::kind_words;
use greenlane_policy::pack::{Kind, Measure, Pack};
use maud::{Markup, html};

pub(super) use changes::{
    list as list_changes, make_move as move_change, open as open_changes, show as show_change,
    state_words as release_words,
};
pub(super) use edit::{
    check_condition, check_file, check_number, keep_condition, keep_file, keep_number, show_condition,
    show_file, show_number,
};
pub(super) use one::show;

use greenlane_terms::Language;

use super::page::{Here, open_page};
use super::reader::Visitor;
use greenlane_transport::Service;

/// `GET /law`
pub(super) async fn list(State(service): State<Service>, visitor: Visitor) -> Response {
    let law = service.laws.in_force();
    let (pack, language) = (&law.engine.pack, visitor.language);
    let content = html! {
        p { (pack.title.get(language.name())) " · " span translate="no" { (pack.instrument) } " · " (pack.authority.get(language.name())) }
        p."text-secondary" { (language.say("规则包指纹 ", "fingerprint of the pack ")) code { (pack.hash) } }
        @if visitor.caller.is_some() { p { a.btn href="/law/changes" { (language.say("规则版本和修改", "Versions and changes")) } } }
        @for (ground, measures) in by_article(pack, language) {
            section."mb-4" {
                h2 translate="no" { (ground) }
                div.row."row-cards" { @for measure in measures { (card(language, measure)) } }
            }
        }
    };
    open_page(&visitor, Here::Law, language.say("法规", "Law"), &content)
}

/// Measures by what they rest on, in the order of the pack.
fn by_article(pack: &Pack, language: Language) -> Vec<(String, Vec<&Measure>)> {
    let mut found: Vec<(String, Vec<&Measure>)> = Vec::new();
    for measure in &pack.measures {
        let ground = ground(pack, measure, language);
        match found.iter_mut().find(|(known, _)| *known == ground) {
            Some((_, measures)) => measures.push(measure),
            None => found.push((ground, vec![measure])),
        }
    }
    found
}

/// Instrument and article of a measure.
fn ground(pack: &Pack, measure: &Measure, language: Language) -> String {
    if let Some(instrument) = &measure.instrument {
        return instrument.clone();
    }
    let number: String = measure.id.chars().take_while(char::is_ascii_digit).collect();
    match language {
        Language::Zh => format!("第{}条", measure.article),
        // The article's number as the pack writes it, where the label has none.
        Language::En if number.is_empty() => format!("{} art. {}", pack.instrument, measure.article),
        Language::En => format!("Article {number}"),
    }
}

fn card(language: Language, measure: &Measure) -> Markup {
    html! {
        div."col-12"."col-md-6"."col-xl-4" {
            div.card."h-100" {
                div."card-body" {
                    h3."card-title" { a href={ "/law/" (measure.id) } { (measure.title.get(language.name())) } }
                    p { (measure.summary.get(language.name())) }
                    span.badge."bg-blue-lt" { (kind(language, measure.kind)) }
                    " " span."text-secondary" { span translate="no" { (measure.id) } " · " (measure.cases.len()) (language.say(" 个案例", " cases")) }
                }
            }
        }
    }
}

fn kind(language: Language, kind: Kind) -> &'static str {
    let [zh, en] = kind_words(kind);
    language.say(zh, en)
}
