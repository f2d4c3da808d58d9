//! Where the facts of a decision come from, as JSON: the names of facts by origin.

use greenlane_policy::facts::ColumnId;
use greenlane_policy::matters::Matters;
use greenlane_policy::origin::{Origin, Origins};
use greenlane_policy::pack::Pack;

/// Bytes that most decisions need.
const LONG: usize = 1_280;

/// The names of a pack's facts, quoted.
pub(super) struct Names(Vec<String>);

impl Names {
    pub(super) fn of(pack: &Pack) -> Names {
        Names(pack.facts.columns.iter().map(|column| format!("\"{}\"", column.name)).collect())
    }

    /// `{"declarant":["office",…],"registry":[…]}`: origins in the order of their numbers, facts in that of the pack; `null` if
    /// nothing was noted.
    pub(super) fn json(&self, origins: &[Origin]) -> String {
        let mut noted = [false; Origin::ALL.len()];
        origins.iter().for_each(|origin| noted[*origin as usize] = true);
        noted[Origin::Unknown as usize] = false;
        let mut json = String::with_capacity(LONG);
        for origin in Origin::ALL.into_iter().filter(|origin| noted[*origin as usize]) {
            json.push_str(if json.is_empty() { "{\"" } else { ",\"" });
            json.push_str(origin.name());
            let mut before = "\":[";
            for (_, name) in origins.iter().zip(&self.0).filter(|(of, _)| **of == origin) {
                json.push_str(before);
                json.push_str(name);
                before = ",";
            }
            json.push(']');
        }
        json.push_str(if json.is_empty() { "null" } else { "}" });
        json
    }
}

/// What an application states: what customs alone states was assessed by an officer, what makes it a matter is the server's.
pub(super) fn of_application(pack: &Pack, matters: &Matters, origins: &mut Origins) {
    let core = &pack.core;
    let own = [core.matter_id, core.matter, core.unit, core.decided_on];
    for column in (0..).map(ColumnId).take(pack.facts.columns.len()) {
        for row in 0..matters.rows() {
            let origin = match origins.get(row, column) {
                Origin::Declarant if own.contains(&column) => Origin::Server,
                Origin::Declarant if pack.facts.fact_of(column).is_of_customs() => Origin::Officer,
                other => other,
            };
            origins.set(row, column, origin);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_under_their_origin_and_nothing_noted_is_null() {
        let names = Names(["\"a\"", "\"b\"", "\"c\"", "\"d\""].map(str::to_owned).to_vec());
        let origins = [Origin::Registry, Origin::Declarant, Origin::Unknown, Origin::Registry];
        assert_eq!(names.json(&origins), r#"{"declarant":["b"],"registry":["a","d"]}"#);
        assert_eq!(names.json(&[]), "null");
    }
}
