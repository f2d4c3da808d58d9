//! Moves of an application: one form each, with what the move has to say.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;
use greenlane_access::Action;
use greenlane_casework::{ApplicationKind, ApplicationStep, Asks, Given, Possible};
use greenlane_desk::actions::applications::{
    Word, found as application_found, move_application, step_of as application_step,
};
use greenlane_desk::applications::day_of;
use greenlane_desk::said::day;
use greenlane_desk::{NotDone, Problem};
use greenlane_engine::words::Words;
use greenlane_store::KeptApplication;
use greenlane_terms::numbers::ApplicationNumber;
use greenlane_transport::Service;
use maud::{Markup, html};
use serde_json::Map;

use super::fields::{fields, undertaking};
use super::questions::Asked;
use super::refused::{again, problem};
use super::show::content;
use super::standing::{matter, occasion};
use super::typed::Typed;
use crate::one_decision::look_at;
use crate::page::{Here, page};
use crate::reader::Reader;
use crate::redirect::see;
use crate::registry_facts::registry_facts;

/// The field that says when an application was moved last, as far as the form knows.
const SEEN: &str = "seen";

/// A move that was refused, for its form.
pub(super) struct Refused {
    pub(super) step: ApplicationStep,
    pub(super) typed: Typed,
    pub(super) error: NotDone,
}

/// `POST /applications/{number}/{move}`
pub(crate) async fn make_move(
    State(service): State<Service>,
    mut reader: Reader,
    Path((number, step)): Path<(ApplicationNumber, String)>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    let kept = match application_found(&service, &reader.caller, number, Action::ReadMatter).await {
        Ok(kept) => kept,
        Err(error) => return reader.refuse(error),
    };
    let step = match application_step(&step) {
        Ok(step) => step,
        Err(error) => return reader.refuse(error),
    };
    let typed = Typed::of(fields);
    let moved = match overtaken(&kept, &typed).map_or_else(|| word(&service, &kept, step, &typed), Err) {
        Ok(word) => move_application(&service, &reader.caller, number, step, word).await.map(drop),
        Err(error) => Err(error),
    };
    match moved {
        Ok(()) => see(Some(&format!("/applications/{number}"))),
        Err(error) => {
            // The other language is that of the application's page: what was sent has no address.
            reader.path = format!("/applications/{number}");
            let refused = Refused { step, typed, error };
            match content(&service, &reader, number, Some(&refused)).await {
                Ok((title, content)) => {
                    again(page(&reader, Here::Applications, &title, &content), refused.error)
                }
                Err(_) => reader.refuse(refused.error),
            }
        }
    }
}

/// What was moved since its form was shown is looked at again: else what somebody stated meanwhile would be taken back unseen.
fn overtaken(kept: &KeptApplication, typed: &Typed) -> Option<NotDone> {
    let seen = Some(typed.text(SEEN)).filter(|seen| !seen.is_empty() && *seen != kept.moved_us.to_string());
    let detail = "it has changed since this page was shown: look at it again, then send the form again";
    seen.map(|_| NotDone::new(Problem::ApplicationState, detail))
}

/// What a move says by its form.
fn word(
    service: &Service,
    kept: &KeptApplication,
    step: ApplicationStep,
    typed: &Typed,
) -> Result<Word, NotDone> {
    let on_day = |name: &str| {
        let text = Some(typed.text(name)).filter(|text| !text.is_empty());
        text.map(|text| day(name, text)).transpose()
    };
    let law = service.laws.on(day_of(kept, service.clock.today()));
    let facts = if step.states_facts() { typed.facts(&law.engine.pack, &kept.of.facts) } else { Map::new() };
    let ground = typed.text("ground").to_owned();
    let given = Given { from: on_day("from")?, to: on_day("to")?, on: on_day("on")? };
    Ok(Word { ground, given, facts })
}

/// A form for each move; that of a refused one as it was typed, with the reason above it.
pub(super) async fn forms(
    service: &Service,
    reader: &Reader,
    kept: &KeptApplication,
    moves: &[Possible],
    refused: Option<&Refused>,
) -> Result<Markup, NotDone> {
    let language = reader.language;
    let law = service.laws.on(day_of(kept, reader.today()));
    let of_form = refused.filter(|refused| moves.iter().any(|possible| possible.step == refused.step));
    let mut forms = Vec::new();
    for possible in moves {
        let mine = of_form.filter(|refused| refused.step == possible.step);
        let facts = facts(service, reader, kept, possible, mine).await?;
        let ground = mine.map_or("", |refused| refused.typed.text("ground"));
        forms.push(html! {
            section.card."mb-3" {
                form."card-body" method="post" action={ "/applications/" (kept.number) "/" (possible.step) } {
                    h2."card-title" { (language.words(possible.words)) }
                    @if let Some(mine) = mine { (problem(reader, &law.engine.pack, &mine.typed, &mine.error)) }
                    p."text-secondary" { (language.say("需要：", "Needs: ")) (language.words(possible.needs)) }
                    (facts)
                    (asked(reader, possible, mine))
                    label."form-label" for={ "ground-" (possible.step) } { (language.say("依据或者理由", "Ground")) }
                    input."form-control"."mb-3" id={ "ground-" (possible.step) } name="ground" value=(ground) required maxlength="2000" autocomplete="off";
                    button.btn."btn-primary" type="submit" { (language.words(possible.words)) }
                }
            }
        });
    }
    Ok(html! {
        // Somebody else may have moved it meanwhile: then the move has no form any more.
        @if let (Some(refused), None) = (refused, of_form) { (reader.problem(&refused.error)) }
        @for form in &forms { (form) }
    })
}

/// Inputs for the facts that a move may state: what is still needed, and what was stated, as it was.
async fn facts(
    service: &Service,
    reader: &Reader,
    kept: &KeptApplication,
    possible: &Possible,
    refused: Option<&Refused>,
) -> Result<Markup, NotDone> {
    if !possible.step.states_facts() {
        return Ok(html! {});
    }
    let language = reader.language;
    let (day, occasion) =
        (day_of(kept, reader.today()), occasion(service, possible.step == ApplicationStep::Assess));
    let law = service.laws.on(day);
    let stated = Typed::of_facts(&law.engine.pack, &kept.of.facts);
    let typed = refused.map_or(&stated, |refused| &refused.typed);
    if kept.of.kind == ApplicationKind::CarrierUndertaking {
        return Ok(undertaking(language, typed));
    }
    let known = registry_facts(service, &law, &kept.of.applicant, day).await?;
    let matters = matter(service, &law, day, kept.of.kind, &known, &[]);
    Ok(look_at(&law.engine, &matters, |decided| {
        // Another reform is another application.
        let reform = decided.row.pack.facts.column("admission_to");
        let asked = Asked::of(decided, kept.of.kind, true, occasion, language.name()).without(reform);
        let words = Words { row: decided.row, language: language.name() };
        html! {
            input type="hidden" name=(SEEN) value=(kept.moved_us);
            (fields(&words, language, &asked, typed))
        }
    }))
}

fn asked(reader: &Reader, possible: &Possible, refused: Option<&Refused>) -> Markup {
    let day = |name: &str, label: &str| {
        let id = format!("{name}-{}", possible.step);
        let text = refused.map_or("", |refused| refused.typed.text(name));
        html! {
            label."form-label" for=(id) { (label) }
            input."form-control"."mb-3" id=(id) name=(name) type="date" value=(text) required;
        }
    };
    html! { @match possible.asks {
        Asks::Nothing => {},
        Asks::Period => {
            (day("from", reader.say("自", "From")))
            (day("to", reader.say("至", "To")))
        },
        Asks::LastDay => (day("on", reader.say("最后期限", "The last day for it"))),
        Asks::DoneOn => (day("on", reader.say("办理日期", "Done on"))),
    } }
}
