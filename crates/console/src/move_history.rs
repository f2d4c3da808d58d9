//! How a task or an application came to where it is: every move that the log has about it.

use greenlane_desk::NotDone;
use greenlane_desk::actions::log::moves_about;
use greenlane_terms::Language;
use greenlane_transport::Service;
use maud::{Markup, html};

use super::card::card;
use super::moments::moment;
use super::names::measure_title;
use super::table::rows;

/// Who makes moves that happen by themselves.
pub(super) const ITSELF: &str = "greenlane";

/// A line for each move, the latest first. Nothing if nothing was done with it.
pub(super) async fn move_history(
    service: &Service,
    language: Language,
    subject: &str,
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
                td { (language.words(made.said.to_words)) }
                td { (moment(made.at_us)) }
                td {
                    // What Greenlane gives as its ground is in the language of the log.
                    @if made.said.person == ITSELF { (language.say("系统", "by itself")) }
                    @else {
                        span translate="no" { (made.said.person) }
                        @if let Some(ground) = &made.said.ground { div."text-secondary"."small" translate="no" { (ground) } }
                    }
                    @if let Some(measure) = &made.said.measure { div."small" { a href={ "/law/" (measure) } { (measure_title(pack, measure, language)) } } }
                }
            }
        }
    };
    Ok(card("way", language.say("经过", "History"), &rows(&lines)))
}
