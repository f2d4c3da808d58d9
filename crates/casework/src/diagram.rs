//! Diagram and table of one kind of work, made from its rules.

use crate::machine::{Actor, Rule, State, Step, allowed};

/// A Mermaid state diagram and a table of all moves, as Markdown.
#[must_use]
pub fn diagram<S: State>() -> String {
    let mut text = String::from("```mermaid\nstateDiagram-v2\n");
    if let Some(first) = S::ALL.first() {
        text += &format!("    [*] --> {}\n", first.name());
    }
    for rule in S::RULES {
        text += &format!("    {} --> {}: {}\n", rule.from.name(), rule.to.name(), rule.step.name());
    }
    for last in S::ALL.iter().filter(|state| allowed(**state).next().is_none()) {
        text += &format!("    {} --> [*]\n", last.name());
    }
    text += "```\n\n| from | move | to | by | needs | measure |\n|---|---|---|---|---|---|\n";
    S::RULES.iter().for_each(|rule| text += &row(rule));
    text
}

fn row<S: State>(rule: &Rule<S>) -> String {
    let by: Vec<&str> = rule.by.iter().copied().map(Actor::name).collect();
    let (from, to) = (rule.from.words(), rule.to.words());
    let (step, needs) = (rule.step.words(), rule.needs);
    format!(
        "| {} {} | `{}` {} | {} {} | {} | {} {} | {} |\n",
        from.en,
        from.zh,
        rule.step.name(),
        step.zh,
        to.en,
        to.zh,
        by.join(", "),
        needs.en,
        needs.zh,
        rule.measure
    )
}
