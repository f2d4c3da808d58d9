//! The part of a task's page that keeps it for its officer, and says until when.

use axum::extract::{Path, State};
use axum::response::Response;
use greenlane_desk::actions::tasks::keep_visit;
use greenlane_terms::Language;
use greenlane_terms::numbers::TaskNumber;
use greenlane_transport::{Answer, Service};
use maud::{Markup, html};

use super::choice::Choice;
use crate::moments::moment;
use crate::page::part;
use crate::reader::{Reader, Visitor};
use crate::redirect::with_then;

/// How often a page says that its reader is still at it: several times within a lease of 15 minutes.
const EVERY: &str = "every 120s";

/// The same, and once when the page is opened: who comes back to a task late has it again.
const AT_ONCE: &str = "load, every 120s";

/// `POST /work/{task}/keep`: a sign of life. Whoever is signed out meanwhile is told so, and not led away from what they typed.
pub(crate) async fn keep(
    State(service): State<Service>,
    visitor: Visitor,
    Path(number): Path<TaskNumber>,
) -> Response {
    let (language, choice) = (visitor.language, Choice::of(&visitor.path));
    let Some(reader) = Reader::of(&visitor) else { return part(&signed_out(language, &choice, number)) };
    match keep_visit(&service, &reader.caller, number).await {
        Ok(until_us) => part(&kept(language, &choice, number, until_us, EVERY)),
        // The page stays as it is and asks again.
        Err(error) if error.status().is_server_error() => error.into_response(),
        Err(error) => {
            let mut response = part(&lost(language, &choice, number));
            response.extensions_mut().extend(std::mem::take(error.into_response().extensions_mut()));
            response
        }
    }
}

/// Until when a task is kept, as its page begins.
pub(super) fn kept_at_first(
    language: Language,
    choice: &Choice,
    number: TaskNumber,
    until_us: Option<i64>,
) -> Markup {
    kept(language, choice, number, until_us, AT_ONCE)
}

fn kept(
    language: Language,
    choice: &Choice,
    number: TaskNumber,
    until_us: Option<i64>,
    trigger: &str,
) -> Markup {
    html! {
        p."text-secondary" id="kept" hx-post=(choice.step(number, "keep")) hx-trigger=(trigger) hx-swap="outerHTML" {
            @if let Some(until_us) = until_us {
                (language.say("为您保留至 ", "Kept for you until ")) (moment(until_us))
                (language.say("；此页打开期间自动延长。", "; for longer as long as this page is open."))
            }
        }
    }
}

fn lost(language: Language, choice: &Choice, number: TaskNumber) -> Markup {
    html! {
        div.alert."alert-danger" id="kept" role="alert" {
            p {
                (language.say(
                    "此任务已不再为您保留。您填写的内容仍在此页：如果任务还在等待，可以重新领取，再办结。",
                    "This task is no longer kept for you. What you typed is still on this page: if the task still waits, take it again, then complete it.",
                ))
            }
            button.btn type="submit" form="outcome" formaction=(choice.step(number, "claim")) {
                (language.say("重新领取，保留所填内容", "Take it again with what is typed"))
            }
        }
    }
}

fn signed_out(language: Language, choice: &Choice, number: TaskNumber) -> Markup {
    let sign_in = with_then("/sign-in", &choice.task(number));
    html! {
        div.alert."alert-danger" id="kept" role="alert"
            hx-post=(choice.step(number, "keep")) hx-trigger=(EVERY) hx-swap="outerHTML" {
            (language.say(
                "您的登录已经失效。请先在另一窗口登录，再在此页办结，所填内容仍在此页。",
                "You are signed out. Sign in in another window first, then complete the task here: what you typed is still on this page.",
            ))
            " " a."text-decoration-underline" href=(sign_in) target="_blank" { (language.say("在另一窗口登录", "Sign in in another window")) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEVEN: TaskNumber = TaskNumber::new(7);

    #[test]
    fn a_page_asks_at_once_when_it_is_opened_and_its_part_only_later() {
        let until = Some(1_709_136_000_000_000);
        let choice = Choice::new("sampling", "5301");
        let opened = kept_at_first(Language::Zh, &choice, SEVEN, until).into_string();
        let part = kept(Language::Zh, &choice, SEVEN, until, EVERY).into_string();
        assert!(opened.contains("hx-trigger=\"load, every 120s\""), "{opened}");
        assert!(part.contains("hx-trigger=\"every 120s\"") && part.contains("为您保留至"), "{part}");
        assert!(part.contains("hx-post=\"/work/7/keep?queue=sampling&amp;office=5301\""), "{part}");
    }

    #[test]
    fn what_is_lost_is_not_asked_for_again() {
        let choice = Choice::default();
        let lost = lost(Language::En, &choice, SEVEN).into_string();
        assert!(!lost.contains("hx-post") && lost.contains("formaction=\"/work/7/claim\""), "{lost}");
        assert!(signed_out(Language::En, &choice, SEVEN).into_string().contains("hx-post=\"/work/7/keep\""));
    }
}
