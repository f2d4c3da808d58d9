//! A condition of a measure: its rule and its words, corrected as they stand or otherwise from a day on.

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use greenlane_desk::NotDone;
use greenlane_desk::said::day_in;
use greenlane_policy::amend::{self, Wording};
use greenlane_policy::facts::{Fact, FactType};
use greenlane_policy::load::PackFiles;
use greenlane_policy::pack::{Condition, Measure, Pack};
use greenlane_terms::calendar::{Day, Period};
use greenlane_terms::numbers::PackNumber;
use greenlane_transport::Service;
use maud::{Markup, html};
use serde::Deserialize;

use super::{base_files, base_of, check as checked_part, ending, keep as kept, shown, with};
use crate::card::card;
use crate::law::parameters::{parameters, used};
use crate::reader::Reader;
use crate::table::table;

/// Which condition, by the measure and its name there.
type Which = (String, String);

/// Of which version, by its first day, and of which pack; of the one in force if not said.
#[derive(Deserialize)]
pub(crate) struct Of {
    version: String,
    base: Option<PackNumber>,
}

/// The form as it was filled in.
#[derive(Deserialize)]
pub(crate) struct Filled {
    base: PackNumber,
    version: String,
    #[serde(default)]
    from: String,
    rule: String,
    zh: String,
    en: String,
    #[serde(default)]
    reason: String,
}

/// A condition where it stands.
struct Found<'p> {
    measure: &'p Measure,
    in_force: Period,
    condition: &'p Condition,
}

fn found<'p>(pack: &'p Pack, (measure, name): &Which, version: &str) -> Result<Found<'p>, NotDone> {
    let first: Day = day_in("version", version).map_err(NotDone::field)?;
    let found = pack.measure(measure).and_then(|measure| {
        let version = measure.versions.iter().find(|version| version.in_force.from == first)?;
        let condition = version.conditions.iter().find(|condition| condition.name == *name)?;
        Some(Found { measure, in_force: version.in_force, condition })
    });
    found.ok_or_else(|| {
        NotDone::not_found(format!("`{measure}` has no condition `{name}` in a version from {first}"))
    })
}

impl Filled {
    fn of(found: &Found<'_>, base: PackNumber, today: Day) -> Filled {
        let from = if found.in_force.contains(today) { today } else { found.in_force.from };
        Filled {
            base,
            version: found.in_force.from.to_string(),
            from: from.to_string(),
            rule: found.condition.source.trim().to_owned(),
            zh: found.condition.text.get("zh").to_owned(),
            en: found.condition.text.get("en").to_owned(),
            reason: String::new(),
        }
    }

    /// The pack's files with the condition as it was written.
    async fn files(&self, service: &Service, reader: &Reader, which: &Which) -> Result<PackFiles, NotDone> {
        reader.caller.may_propose()?;
        let (base, files) = base_files(service, Some(self.base)).await?;
        let law = service.laws.get(base).await?;
        let found = found(&law.engine.pack, which, &self.version)?;
        let from = day_in("from", &self.from).map_err(NotDone::field)?;
        let file = found.measure.file.as_str();
        let text = files.iter().find(|(path, _)| *path == file).map_or("", |(_, text)| text);
        // A browser ends lines as mail does.
        let rule = self.rule.trim().replace("\r\n", "\n");
        let wording = Wording { is: &rule, zh: self.zh.trim(), en: self.en.trim() };
        let changed = amend::condition(text, found.in_force, &which.1, &wording, from)?;
        Ok(with(&files, file, &changed))
    }
}

/// `GET /law/conditions/{measure}/{condition}?version=2024-04-06`
pub(crate) async fn show(
    State(service): State<Service>,
    reader: Reader,
    Path(which): Path<Which>,
    Query(Of { version, base }): Query<Of>,
) -> Response {
    let content = async {
        reader.caller.may_propose()?;
        let base = base_of(&service, base).await?;
        let law = service.laws.get(base).await?;
        let found = found(&law.engine.pack, &which, &version)?;
        Ok((
            title(&reader, &found),
            form(&reader, &law.engine.pack, &found, &Filled::of(&found, base, reader.today()), None),
        ))
    };
    shown(&reader, content.await)
}

/// `POST /law/conditions/{measure}/{condition}/check`: what is wrong with it.
pub(crate) async fn check(
    State(service): State<Service>,
    reader: Reader,
    Path(which): Path<Which>,
    Form(filled): Form<Filled>,
) -> Response {
    let files = filled.files(&service, &reader, &which).await;
    checked_part(&service, &reader, files).await
}

/// `POST /law/conditions/{measure}/{condition}`: a draft with it.
pub(crate) async fn keep(
    State(service): State<Service>,
    mut reader: Reader,
    Path(which): Path<Which>,
    Form(filled): Form<Filled>,
) -> Response {
    let files = filled.files(&service, &reader, &which).await;
    // The other language is that of the form: what was sent has no address.
    let query = [("version", filled.version.clone()), ("base", filled.base.to_string())];
    let query = serde_urlencoded::to_string(query).unwrap_or_default();
    reader.path = format!("{}?{query}", reader.path);
    let again = async |faults: &Markup| {
        let law = service.laws.get(base_of(&service, Some(filled.base)).await?).await?;
        let pack = &law.engine.pack;
        let found = found(pack, &which, &filled.version)?;
        Ok((title(&reader, &found), form(&reader, pack, &found, &filled, Some(faults))))
    };
    kept(&service, &reader, files, &filled.reason, again).await
}

fn title(reader: &Reader, found: &Found<'_>) -> String {
    let words = found.condition.text.get(reader.language.name());
    format!("{}{words}", reader.say("修改条件：", "Change a condition: "))
}

fn form(reader: &Reader, pack: &Pack, of: &Found<'_>, filled: &Filled, said: Option<&Markup>) -> Markup {
    let measure = of.measure;
    let action = format!("/law/conditions/{}/{}", measure.id, of.condition.name);
    let check = format!("{action}/check");
    let words = |id: &str, label: &str, text: &str| {
        html! {
            div."col-12"."col-md-6"."mb-3" {
                label."form-label" for=(id) { (label) }
                input."form-control" id=(id) name=(id) value=(text) required autocomplete="off" translate="no";
            }
        }
    };
    html! {
        p { a href={ "/law/" (measure.id) } { (measure.title.get(reader.language.name())) } }
        form."mb-4" method="post" action=(action) {
            input type="hidden" name="base" value=(filled.base);
            input type="hidden" name="version" value=(filled.version);
            label."form-label" for="rule" { (reader.say("规则", "Rule")) }
            textarea."form-control"."font-monospace"."mb-3" id="rule" name="rule" rows="3" spellcheck="false" translate="no" required { "\n" (filled.rule) }
            div.row {
                (words("zh", reader.say("中文表述", "In Chinese"), &filled.zh))
                (words("en", reader.say("英文表述", "In English"), &filled.en))
                div."col-12"."col-md-6"."mb-3" {
                    label."form-label" for="from" { (reader.say("自何日起", "From which day")) }
                    input."form-control" id="from" name="from" type="date" value=(filled.from) required;
                    div."form-hint" {
                        (reader.say("该版本有效期 ", "The version is in force ")) (of.in_force.from) " – " @if let Some(to) = of.in_force.to { (to) }
                        (reader.say("。填起日即更正原文；填之后某日，即自该日起另立版本，此前的规则不变。", ". Its first day corrects it as it stands; a later day begins another version and leaves what was before."))
                    }
                }
            }
            (ending(reader, &filled.reason, &check, said))
        }
        (names(reader, pack, measure))
        (parameters(pack, &used(pack, measure), reader.language, false))
    }
}

/// The facts that a rule may name: first those of the measure, then all others behind a click.
fn names(reader: &Reader, pack: &Pack, measure: &Measure) -> Markup {
    let rules: Vec<&str> = measure
        .versions
        .iter()
        .flat_map(|version| &version.conditions)
        .map(|condition| condition.source.as_str())
        .collect();
    let is_word = |one: char| one.is_ascii_alphanumeric() || one == '_';
    let says =
        |fact: &&Fact| rules.iter().any(|rule| rule.split(|one| !is_word(one)).any(|word| word == fact.name));
    let (own, others): (Vec<&Fact>, Vec<&Fact>) = pack.facts.facts.iter().partition(says);
    let of = |facts: &[&Fact]| {
        let head = html! {
            th { (reader.say("事实", "Fact")) }
            th { (reader.say("含义", "What it says")) }
            th { (reader.say("代码", "Codes")) }
        };
        table(&head, &html! { @for fact in facts { (name(reader, pack, fact)) } })
    };
    let content = html! {
        (of(&own))
        details."card-body" {
            summary { (reader.say("全部事实", "All facts")) " (" (others.len()) ")" }
            (of(&others))
        }
    };
    card("facts", reader.say("可用的事实", "Facts that a rule may name"), &content)
}

fn name(reader: &Reader, pack: &Pack, fact: &Fact) -> Markup {
    let codes = match fact.fact_type {
        FactType::Code(list) => pack.facts.code_list(list).codes.as_slice(),
        _ => &[],
    };
    html! {
        tr {
            td { code { (fact.name) } }
            td { (fact.label.get(reader.language.name())) }
            td { @for (code, label) in codes {
                div { code { "'" (code) "'" } " " span."text-secondary" { (label.get(reader.language.name())) } }
            } }
        }
    }
}
