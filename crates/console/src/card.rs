//! A part of a page with a heading.

use maud::{Markup, html};

/// A card; `id` is that of its heading.
pub(super) fn card(id: &str, title: &str, content: &Markup) -> Markup {
    html! {
        section.card."mb-3" aria-labelledby=(id) {
            div."card-header" { h2."card-title" id=(id) { (title) } }
            (content)
        }
    }
}
