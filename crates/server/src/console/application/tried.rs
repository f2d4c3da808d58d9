//! What the law would say about an application as it stands in the form, while it is filled in.

use axum::Form;
use axum::extract::State;
use axum::response::Response;
use greenlane_access::{Action, Resource};
use greenlane_casework::ApplicationKind;
use greenlane_intake::identifiers::canonical_enterprise;
use greenlane_policy::facts::{ColumnId, FactType, FactValue};
use greenlane_policy::pack::{Pack, Verdict};
use maud::{Markup, html};

use super::ratios::grids;
use super::windows::windows;
use crate::api::{ApiError, Service};
use crate::clock::today;
use crate::console::decided::decided;
use crate::console::known::{known, supposed};
use crate::console::language::Language;
use crate::console::measure::card;
use crate::console::page::part;
use crate::console::reader::Reader;

/// `POST /applications/try`
pub(in crate::console) async fn try_it(
    State(service): State<Service>,
    reader: Reader,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    match tried(&service, &reader, &fields).await {
        Ok(content) => part(&content),
        Err(error) => part(&reader.problem(&error)),
    }
}

async fn tried(service: &Service, reader: &Reader, fields: &[(String, String)]) -> Result<Markup, ApiError> {
    let field =
        |name: &str| fields.iter().find(|(known, _)| known == name).map_or("", |(_, text)| text.trim());
    let kind = ApplicationKind::of_name(field("kind")).ok_or_else(|| ApiError::not_found("no such kind"))?;
    let (applicant, office) = (canonical_enterprise(field("applicant")), field("office"));
    let law = service.laws.on(today());
    let pack = &law.engine.pack;
    let facts = if applicant.is_empty() {
        Vec::new()
    } else {
        let office = Some(office.to_owned()).filter(|office| office.len() == 4);
        let resource = Resource::Matter { office, parties: vec![applicant.to_owned()] };
        reader.caller.may(Action::Apply, &resource)?;
        known(service, &law, applicant).await?
    };
    let (own, wrong) = stated(pack, fields);
    let rows = supposed(pack, code_of(pack, kind), &facts, &own);
    let judged = decided(&law.engine, &rows, |decided| {
        let explained = decided.explain(reader.language.name());
        html! {
            (windows(decided, reader.language))
            (grids(decided, reader.language))
            @for measure in explained.measures.iter().filter(|one| one.verdict != Verdict::OutOfScope) { (card(reader.language, measure)) }
        }
    });
    Ok(html! { (wrong_fields(pack, &wrong, reader.language)) (judged) })
}

/// The code of the matter that an application of a kind is.
pub(super) fn code_of(pack: &Pack, kind: ApplicationKind) -> Option<u8> {
    let list = pack.facts.code_list_named("matter")?;
    pack.facts.code_list(list).position(kind.name())
}

/// Facts of the form, and the columns whose text is no value of theirs.
fn stated(pack: &Pack, fields: &[(String, String)]) -> (Vec<(ColumnId, FactValue)>, Vec<ColumnId>) {
    let (mut own, mut wrong) = (Vec::new(), Vec::new());
    let unit = pack
        .facts
        .column("unit")
        .and_then(|column| Some((column, pack.facts.read(column, "application").ok()?)));
    own.extend(unit);
    for (name, text) in fields.iter().filter(|(_, text)| !text.trim().is_empty()) {
        let column =
            pack.facts.column(name).filter(|column| pack.facts.info(*column).fact_type != FactType::Id);
        let Some(column) = column else { continue };
        match pack.facts.read(column, text.trim()) {
            Ok(value) => own.push((column, value)),
            Err(_) => wrong.push(column),
        }
    }
    (own, wrong)
}

fn wrong_fields(pack: &Pack, wrong: &[ColumnId], language: Language) -> Markup {
    let label = |column: &ColumnId| pack.facts.fact_of(*column).label.get(language.name()).to_owned();
    html! {
        @if !wrong.is_empty() {
            div.alert."alert-warning" {
                (language.say("以下内容写法有误：", "These are not written as they must be: "))
                (wrong.iter().map(label).collect::<Vec<_>>().join(language.say("、", ", ")))
            }
        }
    }
}
