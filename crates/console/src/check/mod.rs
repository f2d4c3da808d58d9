//! Self-check, for anybody: a matter, the questions that still count, and which measures come of the answers.

mod answers;
mod question;

use axum::extract::{Query, State};
use axum::response::Response;
use greenlane_engine::Engine;
use greenlane_engine::explain::MeasureExplanation;
use greenlane_engine::words::Words;
use greenlane_policy::facts::ColumnId;
use greenlane_policy::matters::Matters;
use greenlane_policy::pack::{Pack, Verdict};
use greenlane_terms::Language;
use maud::{Markup, html};

use self::answers::{Asked, Value};
use self::question::Question;
pub(super) use self::question::expected;
use super::card::card;
use super::measure;
use super::not_in_pilot::not_in_pilot;
use super::one_decision::look_at;
use super::page::{Here, open_page};
use super::reader::Visitor;
use super::table::rows;
use greenlane_transport::Service;

/// `GET /check`: everything that was answered stands in the address; nothing is kept.
pub(super) async fn show(
    State(service): State<Service>,
    visitor: Visitor,
    Query(fields): Query<Vec<(String, String)>>,
) -> Response {
    let language = visitor.language;
    let law = service.laws.in_force();
    let pack = &law.engine.pack;
    let asked = Asked::read(pack, fields, service.clock.today());
    let title = language.say("自查", "Self-check");
    let Some(matter) = asked.matter(pack) else {
        return open_page(&visitor, Here::Check, title, &matters(pack, language));
    };
    let rows = asked.row(pack);
    let content = answered(&law.engine, &rows, &asked, language);
    let matter = pack.facts.show(pack.facts.info(pack.core.matter).fact_type, matter, language.name());
    open_page(&visitor, Here::Check, &format!("{title}{}{matter}", language.say("：", ": ")), &content)
}

/// Every kind of matter with the measures that are about it.
fn matters(pack: &Pack, language: Language) -> Markup {
    let list = pack.facts.code_list_named("matter").map(|list| pack.facts.code_list(list));
    let codes = list.map_or(&[][..], |list| &list.codes);
    let about = |name: &str| {
        let code = list.and_then(|list| list.position(name));
        pack.deciding().filter(|one| code.is_some_and(|code| one.matters.contains(&code))).collect::<Vec<_>>()
    };
    html! {
        p { (language.say(
            "选择事项，回答仍有影响的问题，即可看到适用哪些措施、依据是什么、还缺什么。无需登录，所填内容只保存在网址中。",
            "Choose a matter and answer the questions that still count: you see which measures apply, on what ground, and what is missing. No login; what you answer is kept in the address and nowhere else.",
        )) }
        div.row."row-cards" {
            @for (name, label) in codes {
                @let measures = about(name);
                @if !measures.is_empty() {
                    section."col-12"."col-md-6"."col-xl-4" {
                        div.card."h-100" {
                            div."card-header" { h2."card-title" { (label.get(language.name())) } }
                            ul."card-body"."mb-0"."ps-5" {
                                @if measures.len() > 1 {
                                    li { a href={ "/check?matter=" (name) } { strong { (language.say("全部措施", "All measures")) } } }
                                }
                                @for measure in measures {
                                    li { a href={ "/check?matter=" (name) "&about=" (measure.id) } { (measure.title.get(language.name())) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn answered(engine: &Engine, rows: &Matters, asked: &Asked, language: Language) -> Markup {
    look_at(engine, rows, |decided| {
        let question = Question::next(decided, asked);
        let explained = decided.explain(language.name());
        let mut measures: Vec<&MeasureExplanation> =
            explained.measures.iter().filter(|measure| asked.is_about(&measure.id)).collect();
        measures.sort_by_key(|measure| match measure.verdict {
            Verdict::Granted => 0,
            Verdict::Undetermined => 1,
            Verdict::Refused | Verdict::OutOfScope => 2,
        });
        let outside = not_in_pilot(decided, language, |measure| asked.is_about(&measure.id));
        let settled = measures.iter().filter(|one| one.verdict != Verdict::Undetermined).count();
        html! {
            div.thirds {
                @match &question {
                    Some(question) => (question.form(decided, asked, language)),
                    None => (finished(settled == measures.len(), language)),
                }
                section aria-labelledby="measures" aria-live="polite" {
                    h2 #measures { (language.say("措施", "Measures")) " "
                        small."text-secondary" data-settled=(settled) { (settled) " / " (measures.len()) (language.say(" 已有结论", " settled")) }
                    }
                    @if measures.is_empty() && outside.0.is_empty() { p { (language.say("这一事项没有在此日期适用的措施。", "No measure is about this matter on this day.")) } }
                    @for measure in measures { (measure::card(language, measure)) }
                    (outside)
                }
                (answers(&Words { row: decided.row, language: language.name() }, asked, language))
            }
        }
    })
}

fn finished(is_settled: bool, language: Language) -> Markup {
    html! {
        div.card {
            div."card-body" #finished {
                p { @if is_settled {
                    (language.say("全部问题已有结论。", "Everything is settled."))
                } @else {
                    (language.say("没有更多可问的；回答“不知道”的内容查明后才能有结论。", "There is nothing more to ask; what is open depends on what you did not know."))
                } }
                button.btn."btn-primary" type="button" data-print { (language.say("打印", "Print")) } " "
                a.btn href="/check" { (language.say("查另一事项", "Check another matter")) }
            }
        }
    }
}

/// What was answered, each with a way to answer it anew.
fn answers(words: &Words<'_>, asked: &Asked, language: Language) -> Markup {
    let pack = words.row.pack;
    let (others, day): (Vec<_>, Vec<_>) =
        asked.answers().partition(|(column, _)| *column != pack.core.decided_on);
    let answers = html! {
        @for (column, value) in others {
            tr {
                th scope="row" { (words.label(column)) }
                td { @match value {
                    Some(value) => (value.words(words, column)),
                    None => (language.say("不知道", "not known")),
                } }
                td."d-print-none" { a href=(asked.address(pack, Some(column))) aria-label={ (language.say("更改", "change")) " " (words.label(column)) } { (language.say("更改", "change")) } }
            }
        }
    };
    let content = html! {
        (rows(&answers))
        @for (column, value) in day { (of_day(words, asked, column, value, language)) }
    };
    card("answers", language.say("您的回答", "Your answers"), &content)
}

/// The day whose law counts, with a form for another one: what was answered stays.
fn of_day(
    words: &Words<'_>,
    asked: &Asked,
    column: ColumnId,
    value: Option<&Value>,
    language: Language,
) -> Markup {
    let pack = words.row.pack;
    let name = &pack.facts.info(column).name;
    html! {
        div."card-body" {
            p."form-label"."mb-0" { (words.label(column)) ": " @if let Some(value) = value { (value.words(words, column)) } }
            form."d-flex"."gap-2"."mt-2" method="get" action="/check" {
                @for (name, value) in asked.fields_of_any_day(pack) { input type="hidden" name=(name) value=(value); }
                input."form-control" type="date" name=(name) aria-label=(words.label(column)) value=[value.map(|value| value.written(pack, column))] required;
                button.btn type="submit" { (language.say("改日期", "Another day")) }
            }
        }
    }
}
