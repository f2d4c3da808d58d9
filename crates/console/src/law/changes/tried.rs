//! A dry run of a version: what the last decisions of the log would have come to.

use greenlane_access::{Action, Resource};
use greenlane_desk::NotDone;
use greenlane_desk::actions::packs::{may_try, try_pack};
use greenlane_desk::laws::Law;
use greenlane_desk::said::day_in;
use greenlane_evaluate::compare::{Compared, DrawnRate, Flip, MeasureTotals, Side, StageTotals};
use greenlane_policy::pack::Pack;
use greenlane_policy::units::scaled_text;
use greenlane_terms::Language;
use greenlane_terms::calendar::Day;
use greenlane_terms::numbers::PackNumber;
use greenlane_transport::Service;
use maud::{Markup, html};
use serde::Deserialize;

use crate::addresses::decision;
use crate::card::card;
use crate::measure::verdict_badge;
use crate::names::measure_title;
use crate::reader::Reader;
use crate::table::table;

/// Flips that are shown; all are counted.
const SHOWN: usize = 100;

/// Decisions that are tried if nothing else is said.
const LAST: u32 = 10_000;

/// What is to be tried, as the form sends it; nothing without `last`.
#[derive(Default, Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    last: Option<String>,
    #[serde(default)]
    on: String,
}

/// The form, and what came out.
pub(super) async fn tried(
    service: &Service,
    reader: &Reader,
    number: PackNumber,
    wanted: &Wanted,
    law: &Law,
) -> Result<Markup, NotDone> {
    if may_try(&reader.caller).is_err() {
        return Ok(html! {});
    }
    let found = match &wanted.last {
        None => None,
        Some(last) => {
            let last = last.parse().map_err(|_| NotDone::field("`last` is no whole number"))?;
            let on = Some(wanted.on.as_str()).filter(|on| !on.is_empty());
            let on = on.map(|on| day_in("on", on)).transpose().map_err(NotDone::field)?;
            Some(try_pack(service, &reader.caller, number, Some(last), on).await?)
        }
    };
    let content = html! {
        div."card-body" { (form(reader, number, wanted, first_day(service, law))) }
        @if let Some((_, run)) = &found { (result(reader, &law.engine.pack, &run.compared)) }
    };
    Ok(card("tried", reader.say("试算", "Dry run"), &content))
}

/// The first day on which this version has another number or rule than the one in force, if that day is still to come.
fn first_day(service: &Service, law: &Law) -> Day {
    let (now, today) = (service.laws.in_force(), service.clock.today());
    let days = |pack: &Pack| -> Vec<(String, Day)> {
        let numbers = pack
            .parameters
            .iter()
            .flat_map(|one| one.versions.iter().map(|version| (one.name.clone(), version.in_force.from)));
        let rules = pack
            .measures
            .iter()
            .flat_map(|one| one.versions.iter().map(|version| (one.id.clone(), version.in_force.from)));
        numbers.chain(rules).collect()
    };
    let known = days(&now.engine.pack);
    let new = days(&law.engine.pack).into_iter().filter(|one| !known.contains(one)).map(|(_, day)| day);
    new.min().unwrap_or(today).max(today)
}

fn form(reader: &Reader, number: PackNumber, wanted: &Wanted, on: Day) -> Markup {
    let last = wanted.last.clone().unwrap_or_else(|| LAST.to_string());
    let on = if wanted.last.is_some() { wanted.on.clone() } else { on.to_string() };
    html! {
        form method="get" action={ "/law/changes/" (number) "#tried" } {
            div.row."g-3"."align-items-end" {
                div."col-12"."col-md-4" {
                    label."form-label" for="last" { (reader.say("日志中最近的决定数", "Last decisions of the log")) }
                    input."form-control" id="last" name="last" type="number" min="1" max="100000" value=(last) required;
                }
                div."col-12"."col-md-4" {
                    label."form-label" for="on" { (reader.say("视同何日作出（留空则为各自日期）", "As if made on (empty: each on its day)")) }
                    input."form-control" id="on" name="on" type="date" value=(on);
                }
                div."col-12"."col-md-4" {
                    button.btn."btn-primary" type="submit" { (reader.say("试算", "Try it")) }
                }
            }
        }
    }
}

fn result(reader: &Reader, pack: &Pack, compared: &Compared) -> Markup {
    let language = reader.language;
    let everywhere = Resource::Matter { office: None, parties: Vec::new() };
    let may_read = reader.caller.can(Action::ReadMatter, &everywhere);
    html! {
        div."card-body" data-matters=(compared.matters) data-flipped=(compared.flipped) role="status" {
            p."mb-0" {
                strong { (compared.flipped) } (language.say(" 件事项结论不同，共试算 ", " matters come out otherwise, of ")) (compared.matters) (language.say(" 件。", "."))
            }
        }
        @if compared.flipped > 0 {
            (stages(language, compared))
            (totals(language, pack, &compared.measures))
            (flips(language, pack, &compared.flips, may_read))
        }
    }
}

fn stages(language: Language, compared: &Compared) -> Markup {
    let head = html! {
        th { (language.say("环节", "Stage")) }
        th."text-end" { (language.say("比率不同", "Another rate")) }
        th."text-end" { (language.say("抽中：现行", "Selected: now")) }
        th."text-end" { (language.say("抽中：修改后", "Selected: then")) }
        th."text-end" { (language.say("新抽中", "Newly selected")) }
        th."text-end" { (language.say("不再抽中", "No longer selected")) }
    };
    let row = |name: &str, of: &StageTotals| {
        html! {
            tr {
                td { (name) }
                @for count in [of.rate_changed, of.selected_before, of.selected_after, of.newly_selected, of.no_longer_selected] { td."text-end" { (count) } }
            }
        }
    };
    table(
        &head,
        &html! {
            (row(language.say("查验", "Inspection"), &compared.inspection))
            (row(language.say("抽批", "Sampling"), &compared.sampling))
        },
    )
}

/// Measures with another verdict for some matter.
fn totals(language: Language, pack: &Pack, measures: &[MeasureTotals]) -> Markup {
    let changed: Vec<&MeasureTotals> = measures.iter().filter(|one| !one.changes.is_empty()).collect();
    if changed.is_empty() {
        return html! {};
    }
    let head = html! { th { (language.say("措施", "Measure")) } th { (language.say("结论的变化", "Verdicts that change")) } };
    let rows = html! {
        @for one in changed {
            tr {
                td { (measure_title(pack, &one.measure, language)) }
                td { @for change in &one.changes {
                    div { (verdict_badge(language, change.before)) " → " (verdict_badge(language, change.after)) " " (change.matters) (language.say(" 件", " matters")) }
                } }
            }
        }
    };
    table(&head, &rows)
}

/// Matters of which something changes; a link for whoever may read decisions of every office.
fn flips(language: Language, pack: &Pack, flips: &[Flip], may_read: bool) -> Markup {
    let head = html! { th { (language.say("事项", "Matter")) } th { (language.say("现行 → 修改后", "Now → then")) } };
    let rows = html! {
        @for flip in flips.iter().take(SHOWN) {
            tr {
                td { @if may_read { a href=(decision(&flip.matter_id)) translate="no" { (flip.matter_id) } } @else { span translate="no" { (flip.matter_id) } } }
                td {
                    @for one in &flip.measures {
                        div {
                            (measure_title(pack, &one.measure, language)) ": "
                            @if let Some(before) = one.verdict.before { (verdict_badge(language, before)) } " → "
                            @if let Some(after) = one.verdict.after { (verdict_badge(language, after)) }
                        }
                    }
                    @if let Some(stage) = &flip.inspection { div { (language.say("查验 ", "inspection ")) (sides(language, stage)) } }
                    @if let Some(stage) = &flip.sampling { div { (language.say("抽批 ", "sampling ")) (sides(language, stage)) } }
                }
            }
        }
    };
    table(&head, &rows)
}

/// Rate and selection on both sides.
fn sides(language: Language, stage: &Side<DrawnRate>) -> Markup {
    let one = |side: Option<DrawnRate>| {
        html! {
            @match side {
                Some(drawn) => {
                    (scaled_text(i128::from(drawn.rate.parts()), 10, 0)) " %"
                    @if drawn.selected { " " span.badge."bg-yellow-lt" { (language.say("抽中", "selected")) } }
                }
                None => "–",
            }
        }
    };
    html! { (one(stage.before)) " → " (one(stage.after)) }
}
