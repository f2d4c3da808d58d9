//! Performance tests of dangerous-goods packaging: when the next one is due (article 2).

use super::{AnyState, Application, Asks, Procedure, Verdict};
use crate::application::step::procedure;
use crate::machine::machine;

procedure! {
    /// Whether a packaging is tested.
    PackagingState ("危险货物包装性能检验", "packaging") {
        /// Its maker is writing it.
        Draft "draft" "草稿" "a draft",
        /// Tested, and no test is due soon.
        Current "current" "在有效期内" "current",
        /// A test is due soon.
        Due "due" "临近到期" "due soon",
        /// The last day for a test is over.
        Overdue "overdue" "已逾期" "overdue",
        /// A test failed.
        Failed "failed" "检验不合格" "failed",
        /// It is not made any more.
        Retired "retired" "已停用" "retired",
    }
    /// What is done with a packaging.
    PackagingMove {
        /// Its maker names it and its last test.
        Submit "登记" "submit",
        /// The next test is due soon.
        Remind "到期提醒" "remind",
        /// The last day moved away: the maker has another cycle now.
        Renew "周期调整" "renew",
        /// The last day is over.
        Lapse "逾期" "lapse",
        /// A test was passed.
        PassTest "检验合格" "pass_test",
        /// A test failed.
        FailTest "检验不合格" "fail_test",
        /// It is not made any more.
        Retire "停用" "retire",
    }
    Draft Submit => Current [Applicant, Officer] "2b" "包装类别和上次检验日" "its class and the day of its last test";
    Draft Retire => Retired [Applicant, Officer, Supervisor] "2b" "理由" "a reason";
    Current Remind => Due [System] "2b" "检验到期日临近" "the last day for a test is near";
    Current Lapse => Overdue [System] "2b" "到期日已过" "the last day is over";
    Current PassTest => Current [Officer, Supervisor] "2b" "检验日" "the day of the test";
    Current FailTest => Failed [Officer, Supervisor] "2b" "检验日" "the day of the test";
    Current Retire => Retired [Applicant, Officer, Supervisor] "2b" "理由" "a reason";
    Due Renew => Current [System] "2b" "到期日后延" "the last day is later now";
    Due Lapse => Overdue [System] "2b" "到期日已过" "the last day is over";
    Due PassTest => Current [Officer, Supervisor] "2b" "检验日" "the day of the test";
    Due FailTest => Failed [Officer, Supervisor] "2b" "检验日" "the day of the test";
    Due Retire => Retired [Applicant, Officer, Supervisor] "2b" "理由" "a reason";
    Overdue Renew => Current [System] "2b" "到期日后延" "the last day is later now";
    Overdue PassTest => Current [Officer, Supervisor] "2b" "检验日" "the day of the test";
    Overdue FailTest => Failed [Officer, Supervisor] "2b" "检验日" "the day of the test";
    Overdue Retire => Retired [Applicant, Officer, Supervisor] "2b" "理由" "a reason";
    Failed PassTest => Current [Officer, Supervisor] "2b" "检验日" "the day of the test";
    Failed Retire => Retired [Applicant, Officer, Supervisor] "2b" "理由" "a reason";
}

impl Procedure for PackagingState {
    fn rests_on_law(self) -> bool {
        matches!(self, PackagingState::Current | PackagingState::Due | PackagingState::Overdue)
    }

    /// The law only says when the next test is due.
    fn by_law(self, _: &Application, _: &Verdict) -> Option<PackagingMove> {
        None
    }

    fn is_due_by_law(self) -> bool {
        self.rests_on_law()
    }

    fn asks(step: PackagingMove) -> Asks {
        match step {
            PackagingMove::PassTest | PackagingMove::FailTest => Asks::DoneOn,
            _ => Asks::Nothing,
        }
    }

    fn any(self) -> AnyState {
        AnyState::PackagingTest(self)
    }
}

#[cfg(test)]
mod tests {
    use greenlane_terms::calendar::Day;

    use super::*;
    use crate::application::ApplicationStep;
    use crate::application::tests::{moved, moved_on, states_due};
    use crate::application::{ApplicationKind, Check};
    use crate::machine::Actor::{Applicant, Officer};

    fn says(due: i32) -> Verdict {
        Verdict { check: Check::Granted, goes_first: false, waives_review: false, due: Some(Day(due)) }
    }

    fn current() -> Application {
        moved(&Application::draft(ApplicationKind::PackagingTest), ApplicationStep::Submit, Applicant, "acme")
            .by_itself(Day(100), 30, Some(&says(400)))
            .0
    }

    #[test]
    fn a_test_is_due_soon_and_then_overdue_the_day_after_its_last_day() {
        let cases = [
            (369, vec![], "current"),
            (370, vec!["remind"], "due"),
            (400, vec!["remind"], "due"),
            (401, vec!["lapse"], "overdue"),
        ];
        for (day, expected, state) in cases {
            assert_eq!(states_due(&current(), day, 30, 400), (expected, state), "{day}");
        }
        assert_eq!(current().next_look(30), Some(Day(370)));
    }

    #[test]
    fn another_cycle_moves_the_last_day() {
        let due = current().by_itself(Day(380), 30, Some(&says(400))).0;
        assert_eq!(states_due(&due, 381, 30, 700), (vec!["renew"], "current"));
        assert_eq!(states_due(&due, 381, 30, 411), (vec![], "due"));
        assert_eq!(states_due(&due, 381, 30, 380), (vec!["lapse"], "overdue"));
        let overdue = due.by_itself(Day(401), 30, Some(&says(400))).0;
        assert_eq!(states_due(&overdue, 402, 30, 401), (vec![], "overdue"));
        assert_eq!(states_due(&overdue, 402, 30, 402), (vec!["renew", "remind"], "due"));
        assert_eq!(states_due(&overdue, 402, 30, 433), (vec!["renew"], "current"));
    }

    #[test]
    fn a_test_begins_another_cycle_and_a_failed_one_ends_it_until_it_is_passed() {
        let overdue = current().by_itself(Day(401), 30, Some(&says(400))).0;
        let tested = moved_on(&overdue, ApplicationStep::PassTest, Officer, 405, 405);
        assert_eq!(states_due(&tested, 405, 30, 770), (vec![], "current"));
        let failed = moved_on(&tested, ApplicationStep::FailTest, Officer, 410, 410);
        assert_eq!((failed.state.name(), failed.next_look(30)), ("failed", None));
        assert_eq!(moved_on(&failed, ApplicationStep::PassTest, Officer, 411, 411).state.name(), "current");
    }
}
