//! Whether a caller may decide the matters of a call: asked of the rules once for each office, not for each matter.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use greenlane_access::{ALL_OFFICES, Action, Caller, Refusal, Resource, Role, Rules};
use greenlane_policy::matters::Matters;
use greenlane_terms::Office;

use crate::resources::{PartyColumns, four_digits};

/// Answers that are remembered at most.
const MOST_REMEMBERED: usize = 10_000;

/// What a caller may do at which office.
type Answers = HashMap<(Action, Option<i64>), Result<(), Refusal>>;

/// One decider's memory of what the rules said.
pub(super) struct Gate {
    rules: Arc<Rules>,
    columns: PartyColumns,
    known: HashMap<Arc<Caller>, Answers>,
    /// Answers in it.
    remembered: usize,
}

/// A matter that a caller may not decide.
#[derive(Debug)]
pub struct Forbidden {
    /// Which.
    pub matter: String,
    /// Why.
    pub refusal: Refusal,
}

impl Gate {
    pub(super) fn new(rules: Arc<Rules>, columns: PartyColumns) -> Gate {
        Gate { rules, columns, known: HashMap::new(), remembered: 0 }
    }

    /// Whether the caller may do it to every matter; nothing is decided if one of them is refused.
    pub(super) fn check(
        &mut self,
        caller: &Arc<Caller>,
        action: Action,
        matters: &Matters,
        matter_id: impl Fn(usize) -> String,
    ) -> Result<(), Forbidden> {
        let looks_at_parties =
            [Role::Enterprise, Role::PolicyEditor].iter().any(|role| caller.roles.contains(role));
        let mut asked = HashSet::new();
        for row in 0..matters.rows() {
            let office = matters.value(self.columns.office, row);
            if !looks_at_parties && !asked.insert(office) {
                continue;
            }
            let checked = match looks_at_parties {
                true => self.rules.check(caller, action, &self.columns.matter(matters, row)),
                false => self.by_office(caller, action, office),
            };
            checked.map_err(|refusal| Forbidden { matter: matter_id(row), refusal })?;
        }
        Ok(())
    }

    /// Whether what a caller states is what customs states. The rules permit that where they permit to decide, so that it does not
    /// depend on the office of a matter; a test of the rules holds that too.
    pub(super) fn speaks_for_customs(&mut self, caller: &Arc<Caller>) -> bool {
        self.anywhere(caller, Action::StateCustomsFacts).is_ok()
    }

    /// Whether a caller may do something at any office at all: whoever may not is told so, whatever the matters say.
    pub(super) fn anywhere(&mut self, caller: &Arc<Caller>, action: Action) -> Result<(), Refusal> {
        let mut checked = self.by_office(caller, action, None);
        if caller.offices.contains(ALL_OFFICES) {
            return checked;
        }
        // One that cannot be read is no office: no account with it gets as far as this.
        for office in caller.offices.iter().filter_map(|office| Office::parse(office)) {
            if checked.is_ok() {
                break;
            }
            checked = self.by_office(caller, action, Some(office.into()));
        }
        checked
    }

    /// No rule but those of enterprises and policy editors looks at the parties of a matter; a test of the rules holds that.
    fn by_office(
        &mut self,
        caller: &Arc<Caller>,
        action: Action,
        office: Option<i64>,
    ) -> Result<(), Refusal> {
        if let Some(known) = self.known.get(caller).and_then(|known| known.get(&(action, office))) {
            return known.clone();
        }
        let matter = Resource::Matter { office: office.map(four_digits), parties: Vec::new() };
        let checked = self.rules.check(caller, action, &matter);
        if self.remembered >= MOST_REMEMBERED {
            (self.known, self.remembered) = (HashMap::new(), 0);
        }
        self.known.entry(Arc::clone(caller)).or_default().insert((action, office), checked.clone());
        self.remembered += 1;
        checked
    }
}

#[cfg(test)]
mod tests {
    use greenlane_policy::pack::Pack;

    use super::*;

    fn gate() -> Gate {
        Gate::new(Arc::new(Rules::embedded()), PartyColumns::of(&Pack::embedded().unwrap()))
    }

    fn officer(account: u64, offices: &[&str]) -> Arc<Caller> {
        let offices = offices.iter().map(|office| (*office).to_owned()).collect();
        Arc::new(Caller { account, roles: [Role::Officer].into(), offices, ..Caller::default() })
    }

    #[test]
    fn what_the_rules_said_is_remembered_and_forgotten_when_it_is_too_much() {
        let mut gate = gate();
        let of_5301 = officer(1, &["5301"]);
        let ask = |gate: &mut Gate, caller, office| gate.by_office(caller, Action::Decide, office).is_ok();
        let answers: Vec<bool> =
            [Some(5301), Some(2201), None, Some(5301)].map(|office| ask(&mut gate, &of_5301, office)).into();
        assert_eq!(answers, [true, false, false, true]);
        assert_eq!((gate.known.len(), gate.remembered), (1, 3));
        let (second, third) = (officer(2, &["*"]), officer(3, &["*"]));
        assert!(ask(&mut gate, &second, None));
        assert_eq!((gate.known.len(), gate.remembered), (2, 4));
        gate.remembered = MOST_REMEMBERED - 1;
        assert!(ask(&mut gate, &third, Some(5301)));
        assert_eq!((gate.known.len(), gate.remembered), (3, MOST_REMEMBERED));
        assert!(ask(&mut gate, &of_5301, Some(5301)), "it is still remembered");
        assert_eq!((gate.known.len(), gate.remembered), (3, MOST_REMEMBERED));
        assert!(ask(&mut gate, &officer(4, &["*"]), Some(5301)));
        assert_eq!((gate.known.len(), gate.remembered), (1, 1));
    }

    #[test]
    fn whoever_may_decide_somewhere_may_decide_and_an_office_that_cannot_be_read_is_none() {
        let mut gate = gate();
        let cases: [(&[&str], bool); 6] = [
            (&["*"], true),
            (&["5301"], true),
            (&["22O1", "5301"], true),
            (&["*", "22O1"], true),
            (&["22O1"], false),
            (&[], false),
        ];
        for (account, (offices, may)) in (0..).zip(cases) {
            let caller = officer(account, offices);
            assert_eq!(gate.anywhere(&caller, Action::Decide).is_ok(), may, "{offices:?}");
            assert_eq!(gate.speaks_for_customs(&caller), may, "{offices:?}");
            assert!(gate.anywhere(&caller, Action::Administer).is_err(), "{offices:?}");
        }
        let auditor =
            Caller { roles: [Role::Auditor].into(), offices: ["*".to_owned()].into(), ..Caller::default() };
        let auditor = Arc::new(auditor);
        assert!(gate.anywhere(&auditor, Action::Decide).is_err());
        assert!(!gate.speaks_for_customs(&auditor));
    }
}
