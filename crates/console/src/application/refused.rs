//! A form that was refused: shown again as it was typed, with what is wrong in the words of the reader.

use std::mem::take;

use axum::http::StatusCode;
use axum::response::Response;
use greenlane_desk::NotDone;
use greenlane_desk::applications::APPLICANT;
use greenlane_engine::Row;
use greenlane_engine::words::Words;
use greenlane_policy::pack::Pack;
use greenlane_terms::Language;
use greenlane_transport::Answer;
use maud::{Markup, html};

use super::typed::Typed;
use crate::check::expected;
use crate::reader::Reader;
use crate::registry_facts::supposed;

/// How an enterprise is named.
pub(super) const fn identifier_hint(language: Language) -> &'static str {
    language.say(
        "10位海关注册编码或者18位统一社会信用代码，例如 3101910012。",
        "A customs code of 10 characters or a USCC of 18, such as 3101910012.",
    )
}

/// What is wrong, for the top of the form.
pub(super) fn problem(reader: &Reader, pack: &Pack, typed: &Typed, error: &NotDone) -> Markup {
    let mut names = error.fields();
    let wrong = typed.values(pack).1.into_iter().map(|column| pack.facts.info(column).name.clone());
    names.extend(wrong.filter(|_| error.status() == StatusCode::UNPROCESSABLE_ENTITY));
    names.sort_unstable();
    names.dedup();
    let told: Vec<(String, &'static str)> =
        names.iter().filter_map(|name| in_words(reader, pack, typed, name)).collect();
    if told.is_empty() {
        return reader.problem(error);
    }
    html! {
        div.alert."alert-warning" role="alert" { div {
            p."mb-1" { (reader.say("没有办理，请更正以下内容：", "Nothing was kept. Please correct:")) }
            ul."mb-0" { @for (label, hint) in &told { li { (label) (reader.say("：", ": ")) (hint) } } }
        } }
    }
}

/// A field by its label, and what is expected in it; `None` if no form has such a field.
fn in_words(reader: &Reader, pack: &Pack, typed: &Typed, name: &str) -> Option<(String, &'static str)> {
    let language = reader.language;
    let a_day = language.say("应为日期，例如 2024-02-29。", "A day, such as 2024-02-29.");
    let filled = language.say("须填写，最多2000字。", "Needed, at most 2000 characters.");
    let (label, hint) = match name {
        APPLICANT => (language.say("申请人", "Applicant"), identifier_hint(language)),
        "ground" => (language.say("依据或者理由", "Ground"), filled),
        "from" => (language.say("自", "From"), a_day),
        "to" => (
            language.say("至", "To"),
            language.say("应为日期，不早于起日。", "A day, not before the first one."),
        ),
        "on" => (
            language.say("日期", "Day"),
            language.say(
                "应为日期：已办理的填已到的日期，待办理的期限填未过的日期。",
                "A day that has come for what was done, one that is not over for what is to be done.",
            ),
        ),
        "text" => (language.say("承诺内容", "What is undertaken"), filled),
        "signatory" => (language.say("签署人", "Signatory"), filled),
        _ => return of_fact(reader, pack, typed, name),
    };
    Some((label.to_owned(), hint))
}

fn of_fact(reader: &Reader, pack: &Pack, typed: &Typed, name: &str) -> Option<(String, &'static str)> {
    let language = reader.language;
    // A family as a whole is called by its first member's fact.
    let column = pack.facts.column(name).or_else(|| pack.facts.fact(name).map(|fact| fact.column))?;
    let nothing = supposed(pack, reader.today(), None, &[], &[]);
    let words = Words { row: Row { pack, matters: &nothing, row: 0 }, language: language.name() };
    let label = match pack.facts.column(name) {
        Some(column) => words.label(column),
        None => pack.facts.fact_of(column).label.get(language.name()).to_owned(),
    };
    let is_value = pack.facts.read(column, typed.text(name)).is_ok();
    let hint = if is_value {
        language.say(
            "企业名录或者标准值已有，或者由海关认定、系统得出，不在此填写。",
            "The registry or the standard values have it, or customs or the law says it: it is not stated here.",
        )
    } else {
        expected(pack, column, language)
    };
    Some((label, hint))
}

/// The page of a form that was refused. What is refused on a page is kept in the trail as what the interface refuses is.
pub(super) fn again(mut page: Response, error: NotDone) -> Response {
    *page.status_mut() = match error.status() {
        StatusCode::NOT_FOUND | StatusCode::BAD_REQUEST => StatusCode::UNPROCESSABLE_ENTITY,
        status => status,
    };
    *page.extensions_mut() = take(error.into_response().extensions_mut());
    page
}
