//! A chart beside a table that says the same; the page that has one loads what draws it.

use maud::{Markup, html};

/// A bar for each name of the axis, side by side for each series; the first series is the one that others are compared with.
pub(super) fn bars(title: &str, axis: &[&str], series: &[(&str, Vec<u64>)]) -> Markup {
    let data = serde_json::json!({ "x": axis, "series": series }).to_string();
    html! {
        div.chart role="img" aria-label=(title) data-chart=(data) {}
        script src="/assets/echarts.min.js" defer {}
    }
}
