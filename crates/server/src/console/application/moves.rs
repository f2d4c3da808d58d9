//! Moves of an application: one form each, with what the move has to say.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;
use greenlane_casework::{Asks, Possible};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::Map;

use crate::api::{Service, Word, move_application};
use crate::console::language::Language;
use crate::console::reader::Reader;
use crate::console::then::see;

/// What a form says.
#[derive(Deserialize)]
pub(in crate::console) struct Filled {
    ground: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    on: String,
}

/// `POST /applications/{number}/{move}`
pub(in crate::console) async fn make_move(
    State(service): State<Service>,
    reader: Reader,
    Path((number, step)): Path<(u64, String)>,
    Form(Filled { ground, from, to, on }): Form<Filled>,
) -> Response {
    let said = |text: String| (!text.is_empty()).then_some(text);
    let word = Word { ground, from: said(from), to: said(to), on: said(on), facts: Map::new() };
    match move_application(&service, &reader.caller, number, step, word).await {
        Ok(_) => see(Some(&format!("/applications/{number}"))),
        Err(error) => reader.refuse(error),
    }
}

/// A form for each move.
pub(super) fn forms(language: Language, number: u64, moves: &[Possible]) -> Markup {
    html! {
        @for possible in moves {
            section.card."mb-3" {
                form."card-body" method="post" action={ "/applications/" (number) "/" (possible.step) } {
                    h2."card-title" { (language.words(possible.words)) }
                    p."text-secondary" { (language.say("需要：", "Needs: ")) (language.words(possible.needs)) }
                    (asked(language, possible))
                    label."form-label" for={ "ground-" (possible.step) } { (language.say("依据或者理由", "Ground")) }
                    input."form-control"."mb-3" id={ "ground-" (possible.step) } name="ground" required maxlength="2000" autocomplete="off";
                    button.btn."btn-primary" type="submit" { (language.words(possible.words)) }
                }
            }
        }
    }
}

fn asked(language: Language, possible: &Possible) -> Markup {
    let day = |name: &str, label: &str| {
        let id = format!("{name}-{}", possible.step);
        html! {
            label."form-label" for=(id) { (label) }
            input."form-control"."mb-3" id=(id) name=(name) type="date" required;
        }
    };
    html! { @match possible.asks {
        Asks::Nothing => {},
        Asks::Period => {
            (day("from", language.say("自", "From")))
            (day("to", language.say("至", "To")))
        },
        Asks::LastDay => (day("on", language.say("最后期限", "The last day for it"))),
        Asks::DoneOn => (day("on", language.say("办理日期", "Done on"))),
    } }
}
