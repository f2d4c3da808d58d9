//! Administration: people with their roles, offices and tokens; who is told of the log; pilots and the calendar of the law.

mod changes;
mod law;
mod people;
mod person;
mod tokens;
mod webhooks;

use axum::extract::State;
use axum::response::Response;
use greenlane_access::{Action, Resource};
use maud::{Markup, html};

pub(super) use changes::settle as settle_change;
pub(super) use people::create;
pub(super) use person::{change, invite, show as show_person};
pub(super) use tokens::{give, revoke};
pub(super) use webhooks::{make_move as move_webhook, subscribe as subscribe_webhook};

use self::people::Filled;
use self::webhooks::Wanted;
use super::page::{Here, page};
use super::reader::Reader;
use greenlane_desk::NotDone;
use greenlane_transport::Service;

/// `GET /admin`
pub(super) async fn show(State(service): State<Service>, reader: Reader) -> Response {
    overview(&service, reader, &html! {}, &Typed::default()).await
}

/// What was typed into the forms of the overview.
#[derive(Default)]
struct Typed {
    person: Filled,
    webhook: Wanted,
}

/// All of it, with what was just done or is wrong at the top, and the forms as they were filled in. Its own address is that of
/// the page, whichever form led here.
async fn overview(service: &Service, mut reader: Reader, said: &Markup, typed: &Typed) -> Response {
    "/admin".clone_into(&mut reader.path);
    let reader = &reader;
    let content = async {
        reader.caller.may(Action::Administer, &Resource::Service)?;
        Ok::<_, NotDone>(html! {
            (said)
            (changes::lone(service, reader).await?)
            (changes::waiting(service, reader, None).await?)
            (people::list(service, reader).await?)
            (people::form(reader, &typed.person))
            (webhooks::list(service, reader, &typed.webhook).await?)
            (law::offices(service, reader).await?)
            (law::calendar(service, reader))
        })
    };
    match content.await {
        Ok(content) => page(reader, Here::Administration, reader.say("管理", "Administration"), &content),
        Err(error) => reader.refuse(error),
    }
}

/// Something that is shown once.
fn once(reader: &Reader, what: &str, secret: &str) -> Markup {
    html! {
        div.alert."alert-success" role="status" {
            p { (what) " " (reader.say("只显示这一次：", "It is shown this once:")) }
            code data-secret data-path[secret.starts_with('/')] { (secret) }
        }
    }
}

/// A choice of any number of things: what is sent, what is shown, and whether it is chosen.
fn choices<'a>(legend: &str, name: &str, of: impl IntoIterator<Item = (&'a str, &'a str, bool)>) -> Markup {
    html! {
        fieldset."mb-3" {
            legend."form-label" { (legend) }
            @for (value, words, is_chosen) in of {
                label."form-check"."form-check-inline" {
                    input."form-check-input" type="checkbox" name=(name) value=(value) checked[is_chosen];
                    span."form-check-label" { (words) }
                }
            }
        }
    }
}
