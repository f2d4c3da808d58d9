//! Verdicts and kinds of measures in words.

use greenlane_policy::pack::{Kind, Verdict};

/// A verdict, in Chinese and in English.
#[must_use]
pub const fn verdict_words(verdict: Verdict) -> [&'static str; 2] {
    match verdict {
        Verdict::Granted => ["适用", "granted"],
        Verdict::Refused => ["不适用", "refused"],
        Verdict::Undetermined => ["待定", "undetermined"],
        Verdict::OutOfScope => ["不涉及", "out of scope"],
    }
}

/// A kind of measures, in Chinese and in English.
#[must_use]
pub const fn kind_words(kind: Kind) -> [&'static str; 2] {
    match kind {
        Kind::Binding => ["直接适用", "binding"],
        Kind::OnApplication => ["依申请", "on application"],
        Kind::Pilot => ["试点", "pilot"],
        Kind::Priority => ["优先", "priority"],
        Kind::Option => ["可选", "option"],
        Kind::Admission => ["优先纳入", "admission"],
        Kind::Service => ["服务", "service"],
        Kind::Programme => ["工作目标", "programme"],
    }
}
