//! What somebody typed into a form of an application: as text for the form, as facts for the interface and for the law.

use greenlane_desk::applications::OWN;
use greenlane_policy::facts::{ColumnId, FactType, FactValue};
use greenlane_policy::pack::Pack;
use serde_json::{Map, Value};

/// What an undertaking says, which is no fact of the law.
const UNDERTAKING: [&str; 2] = ["text", "signatory"];

/// Fields of a form with what stands in them.
#[derive(Clone, Debug, Default)]
pub(super) struct Typed(Vec<(String, String)>);

impl Typed {
    pub(super) const fn of(fields: Vec<(String, String)>) -> Typed {
        Typed(fields)
    }

    /// What an application states already, as if it had been typed.
    pub(super) fn of_facts(pack: &Pack, facts: &Map<String, Value>) -> Typed {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        // The interface also takes 1 and 0; a form has one way to choose.
        let chosen = |name: &str, value: &Value| {
            let column = pack.facts.column(name);
            match column.and_then(|column| pack.facts.read(column, &text(value)).ok()) {
                Some(FactValue::Flag(flag)) => flag.to_string(),
                _ => text(value),
            }
        };
        let each = facts.iter().filter(|(_, value)| !value.is_null()).flat_map(|(name, value)| match value {
            Value::Object(members) => {
                let stated = members.iter().filter(|(_, value)| !value.is_null());
                stated.map(|(member, value)| (format!("{name}[{member}]"), text(value))).collect()
            }
            value => vec![(name.clone(), chosen(name, value))],
        });
        Typed(each.collect())
    }

    /// What was typed about a party, by its field.
    pub(super) fn about_parties<'t>(&'t self, pack: &'t Pack) -> impl Iterator<Item = (&'t str, &'t str)> {
        let is_about_one = |name: &str| {
            let column = pack.facts.column(name).filter(|_| !OWN.contains(&name));
            column.is_some_and(|column| pack.facts.fact_of(column).party.is_some())
        };
        let each = self.0.iter().map(|(name, text)| (name.as_str(), text.trim()));
        each.filter(move |(name, text)| !text.is_empty() && is_about_one(name))
    }

    /// The same, with a field that was not in the form at all.
    pub(super) fn or(mut self, name: &str, text: &str) -> Typed {
        if self.0.iter().all(|(known, _)| known != name) {
            self.0.push((name.to_owned(), text.to_owned()));
        }
        self
    }

    /// What stands in a field; empty if nothing does.
    pub(super) fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, text)| text.trim())
    }

    /// The customs office, as soon as it has its four digits.
    pub(super) fn office(&self) -> Option<String> {
        let office = self.text("office");
        let is_whole = office.len() == 4 && office.bytes().all(|byte| byte.is_ascii_digit());
        is_whole.then(|| office.to_owned())
    }

    /// Facts as the interface takes them, members of a family together. What an application stated before (`stated`) and is
    /// typed no more is taken back.
    pub(super) fn facts(&self, pack: &Pack, stated: &Map<String, Value>) -> Map<String, Value> {
        let mut facts = Map::new();
        for (name, text) in self.0.iter().map(|(name, text)| (name.as_str(), text.trim())) {
            let Some(column) = pack.facts.column(name).filter(|_| !OWN.contains(&name)) else {
                if UNDERTAKING.contains(&name) && !text.is_empty() {
                    facts.insert(name.to_owned(), text.into());
                }
                continue;
            };
            let info = pack.facts.info(column);
            let fact = pack.facts.fact_of(column);
            let value = match text {
                "" => Value::Null,
                "true" | "false" if info.fact_type == FactType::Flag => (text == "true").into(),
                text => text.into(),
            };
            let family = info.member.filter(|_| !stated.contains_key(name)).map(|at| &fact.members[at]);
            let was_stated = stated.contains_key(name) || stated.contains_key(&fact.name);
            match family {
                _ if value.is_null() && !was_stated => {}
                None => {
                    facts.insert(name.to_owned(), value);
                }
                Some(member) => {
                    let members = facts.entry(&fact.name).or_insert_with(|| Value::Object(Map::new()));
                    if let Value::Object(members) = members {
                        members.insert(member.clone(), value);
                    }
                }
            }
        }
        facts.retain(|name, value| stated.get(name) != Some(value));
        facts
    }

    /// Facts as the law reads them, and the columns whose text is no value of theirs.
    pub(super) fn values(&self, pack: &Pack) -> (Vec<(ColumnId, FactValue)>, Vec<ColumnId>) {
        let (mut values, mut wrong) = (Vec::new(), Vec::new());
        for (name, text) in self.0.iter().filter(|(_, text)| !text.trim().is_empty()) {
            let column =
                pack.facts.column(name).filter(|column| pack.facts.info(*column).fact_type != FactType::Id);
            let Some(column) = column else { continue };
            match pack.facts.read(column, text.trim()) {
                Ok(value) => values.push((column, value)),
                Err(_) => wrong.push(column),
            }
        }
        (values, wrong)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(fields: &[(&str, &str)], stated: &Value, expected: &Value) {
        let pack = Pack::embedded().unwrap();
        let fields = fields.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        let facts = Typed::of(fields.collect()).facts(&pack, stated.as_object().unwrap());
        assert_eq!(&Value::Object(facts), expected);
    }

    #[test]
    fn members_of_a_family_go_together_and_only_those_that_there_are() {
        check(
            &[
                ("kind", "guarantee_waiver"),
                ("office", "3101"),
                ("is_aquatic", "true"),
                ("applicant_debt_ratio[y1]", " 0.35 "),
                ("applicant_debt_ratio[y2]", ""),
                ("applicant_debt_ratio[y3]", "0,35"),
            ],
            &json!({}),
            &json!({ "is_aquatic": true, "applicant_debt_ratio": { "y1": "0.35", "y3": "0,35" } }),
        );
        check(
            &[
                ("text", "a"),
                ("text[x]", "b"),
                ("debt_ratio_excellent", "a"),
                ("debt_ratio_excellent[x]", "b"),
            ],
            &json!({}),
            &json!({ "text": "a" }),
        );
    }

    #[test]
    fn what_was_stated_is_stated_anew_only_if_it_is_another_and_taken_back_if_it_is_gone() {
        let stated = json!({
            "is_aquatic": true, "violation_on": "2026-01-01", "debt_ratio_excellent": { "y1": "0.5", "y2": "0.5" },
            "cash_ratio_excellent": { "y1": "0.5" },
        });
        check(
            &[
                ("is_aquatic", "true"),
                ("violation_on", ""),
                ("debt_ratio_excellent[y1]", "0.5"),
                ("debt_ratio_excellent[y2]", "0.6"),
                ("cash_ratio_excellent[y1]", "0.5"),
            ],
            &stated,
            &json!({ "violation_on": null, "debt_ratio_excellent": { "y1": "0.5", "y2": "0.6" } }),
        );
    }

    #[test]
    fn what_an_application_states_stands_in_its_form() {
        let pack = Pack::embedded().unwrap();
        let stated = json!({
            "is_aquatic": true, "is_spf_mouse": 0, "is_food": "TRUE", "tax_due": "1.50",
            "debt_ratio_excellent": { "y1": 0.5, "y2": null },
        });
        let typed = Typed::of_facts(&pack, stated.as_object().unwrap());
        let names = [
            "is_aquatic",
            "is_spf_mouse",
            "is_food",
            "tax_due",
            "debt_ratio_excellent[y1]",
            "debt_ratio_excellent[y2]",
        ];
        assert_eq!(names.map(|name| typed.text(name)), ["true", "false", "true", "1.50", "0.5", ""]);
    }
}
