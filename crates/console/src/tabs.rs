//! A choice between lists of one kind.

use maud::{Markup, html};

/// A line of choices, the first of which is all of them; each with its path, and whether it is the one that is shown.
pub(super) fn tabs(label: &str, choices: &[(String, &str, bool)]) -> Markup {
    html! {
        nav aria-label=(label) {
            ul."nav"."nav-tabs"."mb-3" {
                @for (path, name, is_here) in choices {
                    li."nav-item" { a.{ "nav-link" @if *is_here { " active" } } href=(path) aria-current=[is_here.then_some("page")] { (name) } }
                }
            }
        }
    }
}
