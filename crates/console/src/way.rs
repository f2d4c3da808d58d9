//! How a task or an application came to where it is: every move that the log has about it.

use greenlane_desk::NotDone;
use greenlane_desk::actions::log::moves_about;
use greenlane_terms::{Language, Words};
use greenlane_transport::Service;
use maud::{Markup, html};

use super::card::card;
use super::moments::moment;
use super::names::measure_title;
use super::table::rows;

/// Who makes moves that happen by themselves.
pub(super) const ITSELF: &str = "greenlane";

/// A line for each move, the latest first; `state` has the words of a state. Nothing if nothing was done with it.
pub(super) async fn way(
    service: &Service,
    language: Language,
    subject: &str,
    state: impl Fn(&str) -> Option<Words>,
) -> Result<Markup, NotDone> {
    let moves = moves_about(service, subject).await?;
    if moves.is_empty() {
        return Ok(html! {});
    }
    let law = service.laws.in_force();
    let pack = &law.engine.pack;
    let lines = html! {
        @for made in &moves {
            tr {
                td { @match state(&made.body.to) {
                    Some(words) => (language.words(words)),
                    None => span translate="no" { (made.body.to) },
                } }
                td { (moment(made.at_us)) }
                td {
                    // What Greenlane gives as its ground is in the language of the log.
                    @if made.body.person == ITSELF { (language.say("系统", "by itself")) }
                    @else {
                        span translate="no" { (made.body.person) }
                        @if let Some(ground) = &made.body.ground { div."text-secondary"."small" translate="no" { (ground) } }
                    }
                    @if let Some(measure) = &made.body.measure { div."small" { a href={ "/law/" (measure) } { (measure_title(pack, measure, language)) } } }
                }
            }
        }
    };
    Ok(card("way", language.say("经过", "History"), &rows(&lines)))
}
