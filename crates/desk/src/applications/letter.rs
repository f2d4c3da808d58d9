//! The letter to the enterprise: what was decided, on what ground, and how each condition came out.

use greenlane_engine::explain::{ConditionExplanation, Explanation, MeasureExplanation};
use greenlane_engine::{Answers, Truth};
use greenlane_policy::matters::MattersBuilder;
use greenlane_store::{CaseworkError, KeptApplication, record};
use greenlane_terms::Language;
use greenlane_terms::calendar::Day;
use greenlane_terms::numbers::EntryNumber;

use super::verdict::is_asked;
use super::{Applications, ApplicationsError};
use crate::laws::LawError;

impl Applications {
    /// The letter about the decision on which an application rests, as plain text.
    ///
    /// # Errors
    /// It rests on none, or the decision cannot be read.
    pub async fn letter(
        &self,
        kept: &KeptApplication,
        language: Language,
    ) -> Result<String, ApplicationsError> {
        let entry = kept.decision.ok_or(ApplicationsError::NoDecision(kept.number))?;
        let entries = self.store.entries(entry.get(), 1).await.map_err(CaseworkError::from)?;
        let unreadable = || ApplicationsError::Law(LawError::Record { entry });
        let (_, found) = entries.into_iter().next().ok_or_else(unreadable)?;
        let law = self.laws.get(record::pack_of(&found.body).ok_or_else(unreadable)?).await?;
        let pack = &law.engine.pack;
        let mut rows = MattersBuilder::new(&pack.facts);
        record::decode_facts(&found.body, &found.subject, pack, &mut rows).ok_or_else(unreadable)?;
        let (matters, mut answers) = (rows.finish(), Answers::default());
        law.engine.program.decide(&matters, 0..1, &mut answers);
        let mut explanation = law.engine.decided(&matters, 0, &answers, 0).explain(language.name());
        let on = Day::parse(&explanation.decided_on).ok_or_else(unreadable)?;
        explanation.measures.retain(|measure| {
            let version = pack.measure(&measure.id).and_then(|measure| measure.version_on(on));
            version.is_some_and(|version| version.effects.iter().any(|effect| is_asked(kept.of.kind, effect)))
        });
        Ok(written(kept, entry, &explanation, language))
    }
}

fn written(
    kept: &KeptApplication,
    entry: EntryNumber,
    explanation: &Explanation,
    language: Language,
) -> String {
    let (kind, state) = (kept.of.kind.words(), kept.state().words());
    let (kind, state) = (language.say(kind.zh, kind.en), language.say(state.zh, state.en));
    let say = |zh, en| language.say(zh, en);
    let mut text = format!("{}{kind}\n\n", say("关于：", "Concerning: "));
    let mut line = |name: &str, value: &str| text += &format!("{name}{value}\n");
    line(say("申请编号：", "Application: "), &kept.number.to_string());
    line(say("申请人：", "Applicant: "), &kept.of.applicant);
    line(say("海关：", "Customs office: "), &kept.of.office.to_string());
    line(say("决定日期：", "Decided on: "), &explanation.decided_on);
    line(say("结果：", "Result: "), state);
    if let Some((from, to)) = kept.application.from.zip(kept.application.to) {
        line(say("有效期：", "Valid: "), &format!("{} – {}", from, to));
    }
    if let Some(due) = kept.application.due {
        line(say("截止日：", "Last day: "), &due.to_string());
    }
    for measure in &explanation.measures {
        text += "\n";
        text += &of_measure(measure, language);
    }
    text += "\n";
    let mut line = |name: &str, value: &str| text += &format!("{name}{value}\n");
    if let Some(person) = &kept.application.reviewed_by {
        line(say("审核人：", "Reviewed by: "), person);
    }
    if let Some(person) = &kept.application.approved_by {
        line(say("批准人：", "Approved by: "), person);
    }
    line(say("决定记录：日志第", "Decision: entry "), &format!("{entry}{}", say("条", " of the log")));
    text
}

/// A measure with its conditions, one a line.
fn of_measure(measure: &MeasureExplanation, language: Language) -> String {
    let mut text = format!("{} ({})\n", measure.title, measure.citation);
    measure.conditions.iter().for_each(|condition| text += &of_condition(condition, language));
    for (at, alternative) in measure.needs.iter().enumerate() {
        let first = language.say("  还需提供：", "  still needed: ");
        let or = language.say("  或者：", "  or: ");
        let parts = alternative.join(language.say("；", "; "));
        text += &format!("{}{parts}\n", if at == 0 { first } else { or });
    }
    text
}

fn of_condition(condition: &ConditionExplanation, language: Language) -> String {
    let mark = match condition.truth {
        Truth::True => language.say("符合", "met"),
        Truth::False => language.say("不符合", "not met"),
        Truth::Unknown => language.say("待核实", "not known"),
    };
    let because = condition.because.join(language.say("；", "; "));
    let because = if because.is_empty() { String::new() } else { format!(" ({because})") };
    format!("  [{mark}] {}{because}\n", condition.words)
}
