//! A task in one of the queues: who has it, for how long, and how it ends (article 11).

use crate::machine::{Illegal, Rule, machine, rule};

machine! {
    /// How far a task has come.
    TaskState ("任务", "task") {
        /// Nobody has it.
        Waiting "waiting" "待办" "waiting",
        /// An officer has it.
        Claimed "claimed" "办理中" "claimed",
        /// It is done.
        Completed "completed" "已办结" "completed",
        /// There is nothing to do any more.
        Withdrawn "withdrawn" "已撤销" "withdrawn",
    }
    /// What is done with a task.
    TaskMove {
        /// One of the eligible officers is drawn for it.
        Draw "draw" "抽取人员" "draw",
        /// An officer takes it.
        Claim "claim" "领取" "claim",
        /// The officer is still at it.
        Heartbeat "heartbeat" "续期" "heartbeat",
        /// The officer gives it back.
        Release "release" "退回" "release",
        /// The officer has not been heard of for too long.
        Lapse "lapse" "超时收回" "lapse",
        /// The officer says what was found.
        Complete "complete" "办结" "complete",
        /// It is taken back.
        Withdraw "withdraw" "撤销" "withdraw",
    }
    Waiting Draw => Waiting [Supervisor] "11" "可供抽取的本关区人员" "officers of the office who are eligible";
    Waiting Claim => Claimed [Officer] "11" "本人为抽中人员或者无指定人员" "nobody else was drawn for it";
    Waiting Withdraw => Withdrawn [Supervisor] "11" "理由" "a reason";
    Claimed Heartbeat => Claimed [Officer] "11" "本人领取" "it is the officer's own";
    Claimed Release => Waiting [Officer] "11" "本人领取" "it is the officer's own";
    Claimed Lapse => Waiting [System] "11" "已过办理期限" "its lease is over";
    Claimed Complete => Completed [Officer] "11" "本人领取，并填报结果" "it is the officer's own; an outcome";
    Claimed Withdraw => Withdrawn [Supervisor] "11" "理由" "a reason";
}

/// A task as far as its moves go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// How far it has come.
    pub state: TaskState,
    /// Who has it, or had it last when it is completed.
    pub officer: Option<String>,
    /// Until when it is kept for the officer without a heartbeat, in microseconds since 1970-01-01 UTC.
    pub lease_until_us: Option<i64>,
    /// The one who was drawn for it; `None`: any officer of the office.
    pub drawn: Option<String>,
}

/// Why a task is not moved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TaskError {
    /// The state does not allow it.
    #[error(transparent)]
    Illegal(#[from] Illegal<TaskState>),
    /// Another officer has it.
    #[error("the task is claimed by {officer}")]
    Theirs {
        /// Who has it.
        officer: String,
    },
    /// Another officer was drawn for it.
    #[error("{officer} was drawn for the task")]
    Drawn {
        /// Who was drawn.
        officer: String,
    },
    /// Its time is not over.
    #[error("the task is kept for {officer} for another {seconds} s")]
    Kept {
        /// For whom.
        officer: String,
        /// For how long.
        seconds: i64,
    },
}

impl Task {
    /// A new task, for any officer of the office.
    #[must_use]
    pub fn waiting() -> Task {
        Task { state: TaskState::Waiting, officer: None, lease_until_us: None, drawn: None }
    }

    /// Whether it is claimed and its lease is over: then the next one may have it.
    #[must_use]
    pub fn has_lapsed(&self, now_us: i64) -> bool {
        self.state == TaskState::Claimed && self.lease_until_us.is_none_or(|until| until <= now_us)
    }

    /// Kept for the officer who was drawn for it (双随机), instead of one who was drawn before.
    ///
    /// # Errors
    /// Nobody is drawn any more: somebody has it, or it is over.
    pub fn draw(&self, officer: &str) -> Result<Task, TaskError> {
        let rule = rule(self.state, TaskMove::Draw)?;
        Ok(Task { state: rule.to, drawn: Some(officer.to_owned()), ..self.clone() })
    }

    /// Taken by an officer until `now + lease`.
    ///
    /// # Errors
    /// Somebody has it, or somebody else was drawn for it.
    pub fn claim(&self, officer: &str, now_us: i64, lease_us: i64) -> Result<Task, TaskError> {
        let rule = rule(self.state, TaskMove::Claim)?;
        match &self.drawn {
            Some(drawn) if drawn != officer => Err(TaskError::Drawn { officer: drawn.clone() }),
            _ => Ok(self.held(rule, officer, now_us, lease_us)),
        }
    }

    /// Kept by its officer until `now + lease`; also after the lease is over, as long as nobody else has taken it.
    ///
    /// # Errors
    /// It is not the officer's.
    pub fn heartbeat(&self, officer: &str, now_us: i64, lease_us: i64) -> Result<Task, TaskError> {
        let rule = self.own(TaskMove::Heartbeat, officer)?;
        Ok(self.held(rule, officer, now_us, lease_us))
    }

    /// Given back by its officer.
    ///
    /// # Errors
    /// It is not the officer's.
    pub fn release(&self, officer: &str) -> Result<Task, TaskError> {
        let rule = self.own(TaskMove::Release, officer)?;
        Ok(self.free(rule))
    }

    /// Taken from an officer who has not been heard of.
    ///
    /// # Errors
    /// Its lease is not over.
    pub fn lapse(&self, now_us: i64) -> Result<Task, TaskError> {
        let rule = rule(self.state, TaskMove::Lapse)?;
        if self.has_lapsed(now_us) {
            return Ok(self.free(rule));
        }
        let left = self.lease_until_us.unwrap_or(now_us).saturating_sub(now_us);
        Err(TaskError::Kept { officer: self.officer.clone().unwrap_or_default(), seconds: left / 1_000_000 })
    }

    /// Done by its officer.
    ///
    /// # Errors
    /// It is not the officer's.
    pub fn complete(&self, officer: &str) -> Result<Task, TaskError> {
        let rule = self.own(TaskMove::Complete, officer)?;
        Ok(Task { state: rule.to, lease_until_us: None, ..self.clone() })
    }

    /// Taken back.
    ///
    /// # Errors
    /// It is over.
    pub fn withdraw(&self) -> Result<Task, TaskError> {
        let rule = rule(self.state, TaskMove::Withdraw)?;
        Ok(self.free(rule))
    }

    /// The rule for what only the one who has it may do.
    fn own(&self, step: TaskMove, officer: &str) -> Result<&'static Rule<TaskState>, TaskError> {
        let rule = rule(self.state, step)?;
        match &self.officer {
            Some(theirs) if theirs != officer => Err(TaskError::Theirs { officer: theirs.clone() }),
            _ => Ok(rule),
        }
    }

    fn held(&self, rule: &Rule<TaskState>, officer: &str, now_us: i64, lease_us: i64) -> Task {
        Task {
            state: rule.to,
            officer: Some(officer.to_owned()),
            lease_until_us: Some(now_us.saturating_add(lease_us)),
            drawn: self.drawn.clone(),
        }
    }

    fn free(&self, rule: &Rule<TaskState>) -> Task {
        Task { state: rule.to, officer: None, lease_until_us: None, drawn: self.drawn.clone() }
    }
}
