//! What an application may state: nothing that customs, the registry, the standard values or the law say themselves, and nothing
//! about other enterprises.

use std::sync::Arc;

use greenlane_intake::{PartyFacts, PartyOnDay};
use greenlane_policy::facts::ColumnId;
use greenlane_policy::pack::Pack;
use serde_json::{Map, Value};

use crate::statements::{Keeper, keeper};

/// The role of whoever applies.
pub const APPLICANT: &str = "applicant";

/// Who says a fact, if not the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaidBy {
    /// It would name an enterprise that the applicant may know nothing about: the decision would show what the registry has.
    Nobody,
    /// Worked out from other facts, or listed by office and day.
    Law,
    /// Assessed by an officer in the move [`greenlane_casework::ApplicationStep::Assess`].
    Assessment,
    /// Recorded by customs, or counted from what customs records, whether the registry has it or not.
    Customs,
    /// Recorded, or counted from events.
    Registry,
    /// Excellent values, of which there is a table by industry.
    Standards,
}

impl SaidBy {
    const fn reason(self) -> &'static str {
        match self {
            SaidBy::Nobody => "an application is about its applicant and names no other enterprise",
            SaidBy::Law => {
                "the law says this by itself, from the office, the day and other facts: leave it out"
            }
            SaidBy::Assessment => "an officer assesses this (move `assess`): leave it out",
            SaidBy::Customs => {
                "customs says this, not whoever applies: leave it out; it is recorded in the registry"
            }
            SaidBy::Registry => "the registry has it: leave it out; what is wrong there is corrected there",
            SaidBy::Standards => {
                "the standard values say this, by the industry that the registry has: leave it out"
            }
        }
    }
}

/// What decides who says a fact, whatever the registry has.
#[derive(Clone, Copy, Debug)]
pub struct Occasion {
    /// Whether it is stated in the move [`greenlane_casework::ApplicationStep::Assess`].
    pub is_assessment: bool,
    /// Whether there is a table of standard values.
    pub has_standards: bool,
}

/// Who says a fact by the pack alone; `None` if whoever applies may say it where nobody else has it.
pub fn said_by(pack: &Pack, column: ColumnId, occasion: Occasion) -> Option<SaidBy> {
    let fact = pack.facts.fact_of(column);
    if pack.facts.party_ids().any(|id| id == column) {
        return Some(SaidBy::Nobody);
    }
    let keeper = keeper(pack, column, occasion.has_standards)?;
    match &fact.party {
        _ if keeper == Keeper::Law => Some(SaidBy::Law),
        _ if keeper == Keeper::Standards => Some(SaidBy::Standards),
        // Other parties of an application are nobody.
        Some((role, _)) => (role == APPLICANT).then_some(SaidBy::Customs),
        None => (!occasion.is_assessment).then_some(SaidBy::Assessment),
    }
}

/// What is known about an applicant on a day, for applications that state something about it.
pub(super) struct Known<'k> {
    pub(super) pack: &'k Pack,
    pub(super) facts: &'k PartyFacts,
    pub(super) has_standards: bool,
    pub(super) on_day: Arc<PartyOnDay>,
}

impl Known<'_> {
    /// Every fact that is not the application's to state, with the reason.
    pub(super) fn faults(&self, stated: &Map<String, Value>, is_assessment: bool) -> Vec<(String, String)> {
        let name = |column: ColumnId| self.pack.facts.info(column).name.clone();
        let fault = |column| {
            let reason = self.said_by(column, is_assessment)?.reason();
            Some((name(column), format!("`{}`: {reason}", name(column))))
        };
        columns(self.pack, stated).into_iter().filter_map(fault).collect()
    }

    /// Takes out what is not the application's to state: the registry may have come to know it since. What an officer assessed stays.
    pub(super) fn take_out(&self, stated: &mut Map<String, Value>) {
        let stays =
            |name: &str| self.pack.facts.column(name).is_none_or(|at| self.said_by(at, true).is_none());
        stated.retain(|name, value| match value.as_object_mut() {
            None => stays(name),
            Some(members) => {
                let before = members.len();
                members.retain(|member, _| stays(&member_name(name, member)));
                !members.is_empty() || before == 0
            }
        });
    }

    fn said_by(&self, column: ColumnId, is_assessment: bool) -> Option<SaidBy> {
        let occasion = Occasion { is_assessment, has_standards: self.has_standards };
        if let Some(by) = said_by(self.pack, column, occasion) {
            return Some(by);
        }
        let (role, _) = self.pack.facts.fact_of(column).party.as_ref()?;
        let name = self.pack.facts.info(column).name.strip_prefix(APPLICANT)?.strip_prefix('_')?;
        let known = self.facts.table().column(name).is_some_and(|of_party| self.on_day.knows(of_party));
        (role == APPLICANT && known).then_some(SaidBy::Registry)
    }
}

fn member_name(family: &str, member: &str) -> String {
    format!("{family}[{member}]")
}

/// The columns that have a value in it. What is no fact is refused by whoever reads it.
fn columns(pack: &Pack, stated: &Map<String, Value>) -> Vec<ColumnId> {
    let mut columns = Vec::new();
    for (name, value) in stated.iter().filter(|(_, value)| !value.is_null()) {
        match value.as_object() {
            None => columns.extend(pack.facts.column(name)),
            Some(members) => {
                let with_value = members.iter().filter(|(_, value)| !value.is_null());
                columns.extend(
                    with_value.filter_map(|(member, _)| pack.facts.column(&member_name(name, member))),
                );
            }
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use greenlane_intake::{Party, PartyRecord};
    use greenlane_terms::calendar::Day;
    use serde_json::json;

    use super::*;

    const DAY: Day = Day(20_000);

    fn check(stated: &Value, faulty: &[&str], left: &Value) {
        let occasion = Occasion { is_assessment: false, has_standards: false };
        check_in(&[("level", "regular"), ("debt_ratio[y1]", "0.3500")], occasion, stated, faulty, left);
    }

    /// Of an enterprise whose registry has `recorded`.
    fn check_in(
        recorded: &[(&str, &str)],
        Occasion { is_assessment, has_standards }: Occasion,
        stated: &Value,
        faulty: &[&str],
        left: &Value,
    ) {
        let pack = Pack::embedded().unwrap();
        let facts = PartyFacts::new(&pack);
        let read = |(name, text): &(&str, &str)| {
            let stated = facts.named(name).unwrap();
            (stated, Some(facts.read(stated, text).unwrap()))
        };
        let known = recorded.iter().map(read).collect();
        let record = PartyRecord { number: 1, from: DAY, to: None, ends_flags: false, facts: known };
        let on_day = Arc::new(Party::new(vec![record], Vec::new()).on(&facts, DAY, &[]));
        let known = Known { pack: &pack, facts: &facts, has_standards, on_day };
        let mut stated = stated.as_object().unwrap().clone();
        let faults = known.faults(&stated, is_assessment);
        assert_eq!(faults.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), faulty);
        known.take_out(&mut stated);
        assert_eq!(&Value::Object(stated), left);
    }

    #[test]
    fn what_the_registry_has_is_not_stated_and_what_it_lacks_is() {
        check(
            &json!({ "applicant_level": "advanced", "applicant_is_producer": true }),
            &["applicant_level"],
            &json!({ "applicant_is_producer": true }),
        );
        check(
            &json!({ "applicant_debt_ratio": { "y1": "0.1", "y3": "0.3" }, "applicant_debt_ratio[y2]": "0.2" }),
            &["applicant_debt_ratio[y1]"],
            &json!({ "applicant_debt_ratio": { "y3": "0.3" }, "applicant_debt_ratio[y2]": "0.2" }),
        );
        check(
            &json!({ "applicant_debt_ratio[y1]": "0.1", "is_aquatic": true }),
            &["applicant_debt_ratio[y1]"],
            &json!({ "is_aquatic": true }),
        );
    }

    #[test]
    fn what_customs_records_is_never_the_applicants_to_state() {
        check_in(
            &[],
            Occasion { is_assessment: true, has_standards: false },
            &json!({
                "applicant_level": "advanced", "applicant_advanced_since": "2016-03-01", "applicant_findings_1y": 0,
                "applicant_tax_paid": { "y1": "1.00" }, "applicant_industry": "0103", "applicant_erp_linked": true, "applicant_grain_processor": true, "applicant_is_producer": true,
            }),
            &[
                "applicant_level",
                "applicant_advanced_since",
                "applicant_findings_1y",
                "applicant_tax_paid[y1]",
                "applicant_industry",
                "applicant_erp_linked",
                "applicant_grain_processor",
            ],
            &json!({ "applicant_is_producer": true }),
        );
    }

    #[test]
    fn what_an_officer_assesses_is_stated_in_an_assessment_only_and_stays() {
        let assessed = json!({ "target_requirements_not_higher": true, "is_aquatic": true });
        for (is_assessment, faulty) in [(false, &["target_requirements_not_higher"][..]), (true, &[])] {
            let occasion = Occasion { is_assessment, has_standards: false };
            check_in(&[], occasion, &assessed, faulty, &assessed);
        }
    }

    #[test]
    fn excellent_values_are_stated_where_there_is_no_table_of_them() {
        let stated = json!({ "debt_ratio_excellent": { "y1": "0.99" }, "cash_ratio_excellent[y2]": "0.1" });
        let both = ["debt_ratio_excellent[y1]", "cash_ratio_excellent[y2]"];
        for is_assessment in [false, true] {
            let occasion = |has_standards| Occasion { is_assessment, has_standards };
            check_in(&[], occasion(true), &stated, &both, &json!({}));
            check_in(&[], occasion(false), &stated, &[], &stated);
        }
    }

    #[test]
    fn what_the_law_says_itself_is_not_stated() {
        check(
            &json!({ "pilot_guarantee_waiver": true, "recognised_level": "advanced", "applicant_aeo": true }),
            &["pilot_guarantee_waiver", "recognised_level", "applicant_aeo"],
            &json!({}),
        );
    }

    #[test]
    fn no_other_enterprise_is_named() {
        check(
            &json!({ "consignee_consignor_id": "4403999999", "carrier_id": null, "carrier_level": "regular" }),
            &["consignee_consignor_id"],
            &json!({ "carrier_level": "regular" }),
        );
    }

    #[test]
    fn what_cannot_be_understood_is_left_for_whoever_reads_it() {
        let odd = json!({ "is_aquatic": { "y1": 1 }, "debt_ratio_excellent": {}, "moon_phase": "full" });
        check(&odd, &[], &odd);
    }
}
