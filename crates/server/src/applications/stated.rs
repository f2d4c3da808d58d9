//! What an application may state: nothing that the registry or the law says itself, and nothing about other enterprises.

use greenlane_intake::{PartyFacts, PartyOnDay};
use greenlane_policy::facts::{ColumnId, FactSource};
use greenlane_policy::pack::Pack;
use serde_json::{Map, Value};

/// The role of whoever applies.
const APPLICANT: &str = "applicant";

/// Who says a fact, if not the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SaidBy {
    /// It would name an enterprise that the applicant may know nothing about: the decision would show what the registry has.
    Nobody,
    /// Worked out from other facts, or listed by office and day.
    Law,
    /// Recorded, or counted from events.
    Registry,
}

impl SaidBy {
    const fn reason(self) -> &'static str {
        match self {
            SaidBy::Nobody => "an application is about its applicant and names no other enterprise",
            SaidBy::Law => {
                "the law says this by itself, from the office, the day and other facts: leave it out"
            }
            SaidBy::Registry => "the registry has it: leave it out; what is wrong there is corrected there",
        }
    }
}

/// What is known about an applicant on a day, for applications that state something about it.
pub(super) struct Known<'k> {
    pub(super) pack: &'k Pack,
    pub(super) facts: &'k PartyFacts,
    pub(super) on_day: PartyOnDay,
}

impl Known<'_> {
    /// Every fact that is not the application's to state, with the reason.
    pub(super) fn faults(&self, stated: &Map<String, Value>) -> Vec<(String, String)> {
        let name = |column: ColumnId| self.pack.facts.info(column).name.clone();
        let fault = |column| {
            let reason = self.said_by(column)?.reason();
            Some((name(column), format!("`{}`: {reason}", name(column))))
        };
        columns(self.pack, stated).into_iter().filter_map(fault).collect()
    }

    /// Takes out what is not the application's to state: the registry may have come to know it since.
    pub(super) fn take_out(&self, stated: &mut Map<String, Value>) {
        let stays = |name: &str| self.pack.facts.column(name).is_none_or(|at| self.said_by(at).is_none());
        stated.retain(|name, value| match value.as_object_mut() {
            None => stays(name),
            Some(members) => {
                let before = members.len();
                members.retain(|member, _| stays(&member_name(name, member)));
                !members.is_empty() || before == 0
            }
        });
    }

    fn said_by(&self, column: ColumnId) -> Option<SaidBy> {
        let fact = self.pack.facts.fact_of(column);
        if self.pack.facts.party_ids().any(|id| id == column) {
            return Some(SaidBy::Nobody);
        }
        let is_derived = self.pack.derived.iter().any(|derived| derived.column == column);
        if is_derived || fact.source == FactSource::Pilot {
            return Some(SaidBy::Law);
        }
        let (role, _) = fact.party.as_ref()?;
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
    use greenlane_policy::calendar::Day;
    use serde_json::json;

    use super::*;

    const DAY: Day = Day(20_000);

    fn check(stated: &Value, faulty: &[&str], left: &Value) {
        let pack = Pack::embedded().unwrap();
        let facts = PartyFacts::new(&pack);
        let known = [("level", "regular"), ("debt_ratio[y1]", "0.3500")].map(|(name, text)| {
            let stated = facts.named(name).unwrap();
            (stated, Some(facts.read(stated, text).unwrap()))
        });
        let record = PartyRecord { number: 1, from: DAY, to: None, ends_flags: false, facts: known.into() };
        let on_day = Party::new(vec![record], Vec::new()).on(&facts, DAY, &[]);
        let known = Known { pack: &pack, facts: &facts, on_day };
        let mut stated = stated.as_object().unwrap().clone();
        let faults = known.faults(&stated);
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
