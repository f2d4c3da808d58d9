//! A table of a page.

use maud::{Markup, html};

/// A table with a line of headings: `head` holds `th`, `rows` holds `tr`. A wide one scrolls by itself, also by keys.
pub(super) fn table(head: &Markup, rows: &Markup) -> Markup {
    html! {
        div."table-responsive" tabindex="0" {
            table.table."card-table" { thead { tr { (head) } } tbody { (rows) } }
        }
    }
}

/// A table without headings.
pub(super) fn rows(rows: &Markup) -> Markup {
    html! { div."table-responsive" tabindex="0" { table.table."card-table" { tbody { (rows) } } } }
}
