//! What is done with a task for a reason: its officer gives it back; a supervisor has an officer drawn for it (双随机), or withdraws it.

use greenlane_casework::{TaskMove, allowed};
use greenlane_store::KeptTask;
use greenlane_terms::Language;
use greenlane_terms::numbers::TaskNumber;
use maud::{Markup, html};
use serde::Deserialize;

use super::choice::Choice;

/// Why somebody does it, and who cannot be drawn.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Why {
    pub(super) ground: String,
    /// Logins, with spaces or commas between them.
    #[serde(default)]
    pub(super) except: String,
}

/// What was refused, as it was typed.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) step: &'static str,
    pub(super) why: Why,
}

/// A form for each order that the state of the task allows; nothing once it is over.
pub(super) fn orders(
    language: Language,
    choice: &Choice,
    kept: &KeptTask,
    wanted: Option<&Wanted>,
) -> Markup {
    let except = of("draw", wanted).map_or("", |why| &why.except);
    let may = |step: TaskMove| allowed(kept.task.state).any(|rule| rule.step == step);
    html! {
        @if may(TaskMove::Draw) {
            (form(language, choice, kept.number, "draw", ("抽取人员", "Draw an officer"), wanted, html! {
                p."text-secondary" {
                    (language.say(
                        "由当日密钥在本关区关员中抽取；排除人员不变时，再次抽取结果相同。",
                        "The key of the day draws one of the officers of the office; drawing again picks the same one, unless others are left out.",
                    ))
                }
                label."form-label" for="except" { (language.say("不在岗或者应当回避的登录名（可不填）", "Logins of who is absent or has to stay out of it (may be empty)")) }
                input."form-control"."mb-2" id="except" name="except" value=(except) maxlength="2000" autocomplete="off" translate="no";
            }))
        }
        @if may(TaskMove::Withdraw) {
            (form(language, choice, kept.number, "withdraw", ("撤销任务", "Withdraw the task"), wanted, html! {
                p."text-secondary" { (language.say("此任务不再需要办理。", "There is nothing to do any more.")) }
            }))
        }
    }
}

/// The form by which whoever has a task gives it back.
pub(super) fn give_back(
    language: Language,
    choice: &Choice,
    number: TaskNumber,
    wanted: Option<&Wanted>,
) -> Markup {
    form(language, choice, number, "release", ("退回任务", "Give it back"), wanted, html! {})
}

/// What was typed for a move, if it was this one that was refused.
fn of<'w>(step: &str, wanted: Option<&'w Wanted>) -> Option<&'w Why> {
    wanted.filter(|wanted| wanted.step == step).map(|wanted| &wanted.why)
}

fn form(
    language: Language,
    choice: &Choice,
    number: TaskNumber,
    step: &str,
    (zh, en): (&'static str, &'static str),
    wanted: Option<&Wanted>,
    asked: Markup,
) -> Markup {
    let (title, id, why) = (language.say(zh, en), format!("{step}-ground"), of(step, wanted));
    let ground = why.map_or("", |why| &why.ground);
    html! {
        details."mt-3" open[why.is_some()] {
            summary { (title) }
            form."mt-2" method="post" action=(choice.step(number, step)) {
                (asked)
                label."form-label" for=(id) { (language.say("理由", "Why")) }
                input."form-control"."mb-2" id=(id) name="ground" value=(ground) required maxlength="2000" autocomplete="off";
                button.btn type="submit" { (title) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use greenlane_casework::{Queue, Rank, Task, TaskState};
    use greenlane_store::NewTask;

    use super::*;

    #[test]
    fn only_what_the_state_allows_is_offered() {
        let of = NewTask {
            matter: "M".to_owned(),
            follows: None,
            queue: Queue::Sampling,
            office: greenlane_terms::Office::of_number(5301).unwrap(),
            enterprise: None,
            lot: None,
            rank: Rank::Ordinary,
            due_us: 0,
            stands_at: 0,
        };
        let mut kept = KeptTask {
            number: TaskNumber::new(7),
            of,
            task: Task::waiting(),
            opened_us: 0,
            claimed_us: None,
            ended_us: None,
            outcome: None,
            visit: None,
        };
        let cases = [
            (TaskState::Waiting, true, true),
            (TaskState::Claimed, false, true),
            (TaskState::Completed, false, false),
            (TaskState::Withdrawn, false, false),
        ];
        for (state, draws, withdraws) in cases {
            kept.task.state = state;
            let shown = orders(Language::En, &Choice::default(), &kept, None).into_string();
            assert_eq!(shown.contains("/work/7/draw"), draws, "{state:?}");
            assert_eq!(shown.contains("/work/7/withdraw"), withdraws, "{state:?}");
            assert!(!shown.contains(" open"), "{shown}");
        }
        kept.task.state = TaskState::Waiting;
        let why = Why { ground: "双随机".to_owned(), except: "li wang".to_owned() };
        let wanted = Wanted { step: "draw", why };
        let shown = orders(Language::En, &Choice::new("sampling", ""), &kept, Some(&wanted)).into_string();
        assert_eq!(
            (shown.matches(" open").count(), shown.matches("value=\"双随机\"").count()),
            (1, 1),
            "{shown}"
        );
        assert!(shown.contains("value=\"li wang\""), "{shown}");
        assert!(shown.contains("action=\"/work/7/draw?queue=sampling\""), "{shown}");
    }
}
