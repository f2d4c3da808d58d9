//! What the law would say about an application as it stands in the form, while it is filled in.

use axum::Form;
use axum::extract::State;
use axum::response::Response;
use greenlane_casework::ApplicationKind;
use greenlane_desk::NotDone;
use greenlane_engine::Decided;
use greenlane_policy::facts::ColumnId;
use greenlane_policy::pack::Pack;
use greenlane_terms::Language;
use greenlane_terms::calendar::Day;
use greenlane_transport::Service;
use maud::{Markup, html};

use super::ratios::grids;
use super::standing::{known_of, matter};
use super::typed::Typed;
use super::windows::windows;
use crate::measure::card;
use crate::not_in_pilot::not_in_pilot;
use crate::one_decision::look_at;
use crate::page::part;
use crate::reader::Reader;
use crate::refusal::trailed;

/// `POST /applications/try`
pub(crate) async fn try_it(
    State(service): State<Service>,
    reader: Reader,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    match tried(&service, &reader, &Typed::of(fields)).await {
        Ok(content) => part(&content),
        // As a part, with what is told to the trail: what was said before does not hold any more.
        Err(error) => trailed(part(&reader.problem(&error)), error),
    }
}

async fn tried(service: &Service, reader: &Reader, typed: &Typed) -> Result<Markup, NotDone> {
    let kind =
        ApplicationKind::of_name(typed.text("kind")).ok_or_else(|| NotDone::not_found("no such kind"))?;
    let law = service.laws.in_force();
    let pack = &law.engine.pack;
    let known = known_of(service, reader, &law, typed).await?.unwrap_or_default();
    let (stated, mut wrong) = typed.values(pack);
    // An office is being typed until it has four digits.
    wrong.retain(|column| *column != pack.core.office || typed.text("office").len() >= 4);
    let matters = matter(service, &law, reader.today(), kind, &known, &stated);
    let judged = look_at(&law.engine, &matters, |decided| judged(decided, reader.today(), reader.language));
    Ok(html! { (wrong_fields(pack, &wrong, reader.language)) (judged) })
}

/// What the law says: windows, cells of tables, measure by measure, and why others are not among them.
pub(super) fn judged(decided: &Decided<'_>, today: Day, language: Language) -> Markup {
    let explained = decided.explain(language.name());
    html! {
        (windows(decided, today, language))
        (grids(decided, language))
        @for measure in &explained.measures { (card(language, measure)) }
        (not_in_pilot(decided, language, |_| true))
    }
}

fn wrong_fields(pack: &Pack, wrong: &[ColumnId], language: Language) -> Markup {
    let label = |column: &ColumnId| pack.facts.fact_of(*column).label.get(language.name());
    let mut labels: Vec<&str> = wrong.iter().map(label).collect();
    labels.dedup();
    html! {
        @if !labels.is_empty() {
            div.alert."alert-warning" {
                (language.say("以下内容写法有误：", "These are not written as they must be: "))
                (labels.join(language.say("、", ", ")))
            }
        }
    }
}
