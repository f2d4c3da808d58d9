//! What a supervisor orders about a task: an officer is drawn for it (双随机), or it is taken back.

use greenlane_casework::{TaskMove, allowed};
use greenlane_store::KeptTask;
use maud::{Markup, html};

use crate::console::language::Language;

/// A form for each order that the state of the task allows; nothing once it is over.
pub(super) fn orders(language: Language, kept: &KeptTask) -> Markup {
    let may = |step: TaskMove| allowed(kept.task.state).any(|rule| rule.step == step);
    html! {
        @if may(TaskMove::Draw) {
            (form(language, kept.number, "draw", language.say("抽取人员", "Draw an officer"), html! {
                p."text-secondary" {
                    (language.say(
                        "由当日密钥在本关区关员中抽取；排除人员不变时，再次抽取结果相同。",
                        "The key of the day draws one of the officers of the office; drawing again picks the same one, unless others are left out.",
                    ))
                }
                label."form-label" for="except" { (language.say("不在岗或者应当回避的登录名（可不填）", "Logins of who is absent or has to stay out of it (may be empty)")) }
                input."form-control"."mb-2" id="except" name="except" maxlength="2000" autocomplete="off" translate="no";
            }))
        }
        @if may(TaskMove::Withdraw) {
            (form(language, kept.number, "withdraw", language.say("撤销任务", "Withdraw the task"), html! {
                p."text-secondary" { (language.say("此任务不再需要办理。", "There is nothing to do any more.")) }
            }))
        }
    }
}

fn form(language: Language, number: u64, step: &str, title: &str, asked: Markup) -> Markup {
    let ground = format!("{step}-ground");
    html! {
        details."mt-3" {
            summary { (title) }
            form."mt-2" method="post" action={ "/work/" (number) "/" (step) } {
                (asked)
                label."form-label" for=(ground) { (language.say("理由", "Why")) }
                input."form-control"."mb-2" id=(ground) name="ground" required maxlength="2000" autocomplete="off";
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
            office: 5301,
            enterprise: None,
            lot: None,
            rank: Rank::Ordinary,
            due_us: 0,
            stands_at: 0,
        };
        let mut kept = KeptTask {
            number: 7,
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
            let shown = orders(Language::En, &kept).into_string();
            assert_eq!(shown.contains("/work/7/draw"), draws, "{state:?}");
            assert_eq!(shown.contains("/work/7/withdraw"), withdraws, "{state:?}");
        }
    }
}
