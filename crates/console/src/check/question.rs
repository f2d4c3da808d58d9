//! The next question: the fact that most measures still need, so that few answers settle much.

use std::collections::{BTreeMap, BTreeSet};

use greenlane_engine::Decided;
use greenlane_engine::needs::needs;
use greenlane_engine::words::Words;
use greenlane_policy::facts::{ColumnId, FactType};
use greenlane_policy::pack::{Pack, Verdict};
use greenlane_terms::Language;
use maud::{Markup, html};

use super::answers::{Asked, UNKNOWN};

/// A fact to ask for: all its members that are needed together.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) columns: Vec<ColumnId>,
    /// Measures that need it, as indexes into the program's.
    measures: Vec<usize>,
}

impl Question {
    /// The next one; `None` if nothing more can be settled by what is not yet answered.
    pub(super) fn next(decided: &Decided<'_>, asked: &Asked) -> Option<Question> {
        let pack = decided.row.pack;
        let unknown = asked.unknown();
        let mut wanted: BTreeMap<ColumnId, BTreeSet<usize>> = BTreeMap::new();
        for measure in 0..decided.measures() {
            let is_open = decided.verdict(measure) == Verdict::Undetermined;
            let Some(version) = decided.version(measure).filter(|_| is_open) else { continue };
            if !asked.is_about(&decided.measure(measure).id) {
                continue;
            }
            let sets = needs(&decided.row, decided.measure(measure), version);
            let open = sets.into_iter().filter(|set| set.is_disjoint(&unknown)).min_by_key(BTreeSet::len);
            for column in open.into_iter().flatten() {
                wanted.entry(instead(pack, column, asked)).or_default().insert(measure);
            }
        }
        let most = wanted.values().map(BTreeSet::len).max()?;
        let (first, measures) = wanted.iter().find(|(_, measures)| measures.len() == most)?;
        let fact = pack.facts.info(*first).fact;
        let columns = wanted.keys().copied().filter(|column| pack.facts.info(*column).fact == fact).collect();
        Some(Question { columns, measures: measures.iter().copied().collect() })
    }

    /// The form that asks it.
    pub(super) fn form(&self, decided: &Decided<'_>, asked: &Asked, language: Language) -> Markup {
        let pack = decided.row.pack;
        let words = Words { row: decided.row, language: language.name() };
        let name = |column: ColumnId| pack.facts.info(column).name.as_str();
        let [first, ..] = self.columns[..] else { return html! {} };
        let for_measures = self.measures.iter().map(|at| decided.measure(*at).title.get(language.name()));
        html! {
            form.card method="get" action="/check" #question data-facts=(name(first)) {
                div."card-header" { h2."card-title" { (pack.facts.fact_of(first).label.get(language.name())) } }
                div."card-body" {
                    @for (field, text) in asked.fields(pack, None) { input type="hidden" name=(field) value=(text); }
                    @for (column, typed) in asked.faults.iter().filter(|(column, _)| self.columns.contains(column)) {
                        div.alert."alert-danger" role="alert" { "“" (typed.chars().take(60).collect::<String>()) "”" (expected(pack, *column, language)) }
                    }
                    @if let [column] = self.columns[..] { (one(pack, column, language)) } @else {
                        @for column in &self.columns {
                            label."form-label" for=(name(*column)) { (words.label(*column)) }
                            (input(pack, *column))
                        }
                        button.btn."btn-primary" type="submit" { (language.say("继续", "Go on")) }
                    }
                    @for column in &self.columns[..1] {
                        button.btn."mt-2"."w-100" type="submit" name=(UNKNOWN) value=(name(*column)) formnovalidate { (language.say("不知道", "I do not know")) }
                    }
                    p."text-secondary"."mt-3"."mb-0" {
                        (language.say("涉及：", "It counts for: ")) (for_measures.collect::<Vec<_>>().join(language.say("、", ", ")))
                    }
                }
            }
        }
    }
}

/// A commodity code says of which class goods are; who does not know it is asked for the class.
fn instead(pack: &Pack, column: ColumnId, asked: &Asked) -> ColumnId {
    let is_class = pack.goods_classes.iter().any(|class| class.flag == column);
    pack.core.hs_code.filter(|code| is_class && !asked.is_answered(*code)).unwrap_or(column)
}

/// One fact: a button for each value where there are few, or else a field.
fn one(pack: &Pack, column: ColumnId, language: Language) -> Markup {
    let info = pack.facts.info(column);
    let values: Vec<String> = match info.fact_type {
        FactType::Flag => vec!["true".into(), "false".into()],
        FactType::Code(list) => {
            pack.facts.code_list(list).codes.iter().map(|(code, _)| code.clone()).collect()
        }
        _ => Vec::new(),
    };
    let said = |at: usize| {
        let coded = if info.fact_type == FactType::Flag { i64::from(at == 0) } else { at as i64 };
        pack.facts.show(info.fact_type, coded, language.name())
    };
    html! {
        @for (at, value) in values.iter().enumerate() {
            button.btn."btn-outline-primary"."w-100"."mb-2" type="submit" name=(info.name) value=(value) autofocus[at == 0] { (said(at)) }
        }
        @if values.is_empty() {
            label."visually-hidden" for=(info.name) { (pack.facts.fact_of(column).label.get(language.name())) }
            (input(pack, column))
            p."text-secondary" { (expected(pack, column, language)) }
            button.btn."btn-primary" type="submit" { (language.say("继续", "Go on")) }
        }
    }
}

fn input(pack: &Pack, column: ColumnId) -> Markup {
    let info = pack.facts.info(column);
    let (kind, mode) = match info.fact_type {
        FactType::Date => ("date", "numeric"),
        FactType::Money | FactType::Ratio => ("text", "decimal"),
        _ => ("text", "numeric"),
    };
    html! { input."form-control"."mb-2" id=(info.name) name=(info.name) type=(kind) inputmode=(mode) autocomplete="off" required autofocus; }
}

/// What an answer looks like.
pub(crate) fn expected(pack: &Pack, column: ColumnId, language: Language) -> &'static str {
    if pack.core.hs_code == Some(column) {
        return language.say(
            "应为 4 至 10 位商品编码，例如 1905310000。",
            "A commodity code has 4 to 10 digits, such as 1905310000.",
        );
    }
    match pack.facts.info(column).fact_type {
        FactType::Office => {
            language.say("应为四位关区代码，例如 3101。", "A customs office has four digits, such as 3101.")
        }
        FactType::Count => language.say("应为 0 或者正整数。", "A whole number, such as 0."),
        FactType::Date => language.say("应为日期，例如 2024-02-29。", "A day, such as 2024-02-29."),
        FactType::Money => language.say(
            "应为金额（元），最多两位小数，例如 9999999.99。",
            "An amount in CNY with at most two decimals, such as 9999999.99.",
        ),
        FactType::Ratio => language
            .say("应为小数，最多四位，例如 0.6012。", "A decimal with at most four places, such as 0.6012."),
        FactType::Flag | FactType::Code(_) | FactType::Id => {
            language.say("请从所列选项中选择。", "Choose one of those listed.")
        }
    }
}
