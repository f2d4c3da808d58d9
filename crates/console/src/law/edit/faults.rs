//! What is wrong with a changed pack, in words: each fault at its place, each case that comes out otherwise.

use greenlane_desk::actions::checks::Faulty;
use greenlane_engine::cases::CaseResult;
use greenlane_policy::problem::{Fault, Problem};
use greenlane_terms::Language;
use maud::{Markup, html};

/// All of it.
pub(super) fn faults(language: Language, faulty: &Faulty) -> Markup {
    html! {
        div.alert."alert-danger" data-faults {
            @match faulty {
                Faulty::Problems(found) => {
                    p { strong { (language.say("不能这样写：", "It cannot be read:")) } }
                    ul."mb-0" { @for problem in &found.problems { (line(language, problem)) } }
                }
                Faulty::Cases(passed, failed) => {
                    p { strong { (passed) (language.say(" 个案例通过，下列案例的结论不同：", " cases pass, these come out otherwise:")) } }
                    ul."mb-0" { @for case in failed { (differs(case)) } }
                }
            }
        }
    }
}

fn line(language: Language, problem: &Problem) -> Markup {
    let (line, column) = problem.line_and_column();
    html! {
        li {
            code { (problem.file()) ":" (line) ":" (column) } " "
            @match language {
                Language::Zh => (in_chinese(&problem.fault)),
                Language::En => (in_english(&problem.fault)),
            }
        }
    }
}

/// Names of cases and their differences are written in English, as the pack has them.
fn differs(case: &CaseResult) -> Markup {
    html! { li { code { (case.measure) " " (case.name) } ": " code { (case.differences.join("; ")) } } }
}

/// As the compiler says it; articles are data of the pack.
fn in_english(fault: &Fault) -> Markup {
    match fault {
        Fault::Cap { parameter, value, cap, article } => html! {
            code { (parameter) } " is " (value) ", but the law (" span translate="no" { (article) } ") wants it " (cap)
        },
        other => html! { span translate="no" { (other) } },
    }
}

/// The faults that somebody meets who changes a number or a condition; a message of the compiler stays as it is.
fn in_chinese(fault: &Fault) -> Markup {
    match fault {
        Fault::Range { parameter, value, allowed } => html! {
            "参数 " code { (parameter) } " 的值 " (value) " 超出允许范围 " code { (allowed) }
        },
        Fault::Cap { parameter, value, cap, article } => html! {
            "参数 " code { (parameter) } " 的值 " (value) " 不符合上限（" (article) "）：" code { (cap) }
        },
        Fault::UnknownFact { name, .. } => html! { "事实 " code { (name) } " 没有定义" },
        Fault::UnknownParameter { name, .. } => html! { "参数 " code { (name) } " 没有定义" },
        Fault::UnknownCode { code: unknown, list, .. } => html! {
            "代码表 " code { (list) } " 中没有 " code { (unknown) }
        },
        Fault::Type { expected, found } => {
            html! { code { (found) } " 的类型不对，应为 " code { (expected) } }
        }
        Fault::Duplicate { name, .. } => html! { code { (name) } " 重复" },
        Fault::Reversed { from, to } => html! { "有效期止日 " (to) " 早于起日 " (from) },
        Fault::Overlap { day, what } => html! { (day) " 有两个版本同时有效：" code { (what) } },
        Fault::ArticleWithoutMeasure(article) => html! { "第" (article) "条没有对应的措施" },
        Fault::UnknownArticle(article) => html! { "文件没有第" (article) "条" },
        Fault::MissingWords { what, language } => {
            html! { code { (what) } " 缺少语言 " code { (language) } " 的文字" }
        }
        Fault::Syntax(said) => html! { "条件写法有误：" code { (said) } },
        Fault::Format(said) => html! { "不符合规则包格式：" code { (said) } },
        other => html! { "写法有误：" code { (other) } },
    }
}
