//! Whether a caller may decide the matters of a call: asked of the rules once for each office, not for each matter.

use std::collections::HashMap;
use std::sync::Arc;

use greenlane_access::{ALL_OFFICES, Action, Caller, Refusal, Resource, Role, Rules};
use greenlane_policy::matters::Matters;

use crate::parties::{PartyColumns, four_digits};

/// Answers that are remembered at most.
const MOST_REMEMBERED: usize = 10_000;

/// Who would do what at which office.
type Asked = (Arc<Caller>, Action, Option<i64>);

/// One decider's memory of what the rules said.
pub(super) struct Gate {
    rules: Arc<Rules>,
    columns: PartyColumns,
    known: HashMap<Asked, Result<(), Refusal>>,
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
        Gate { rules, columns, known: HashMap::new() }
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
        let mut before = None;
        for row in 0..matters.rows() {
            let office = matters.value(self.columns.office, row);
            if !looks_at_parties && before.replace(office) == Some(office) {
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
        for office in caller.offices.iter().filter_map(|office| office.parse().ok()) {
            if checked.is_ok() {
                break;
            }
            checked = self.by_office(caller, action, Some(office));
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
        let key = (Arc::clone(caller), action, office);
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let matter = Resource::Matter { office: office.map(four_digits), parties: Vec::new() };
        let checked = self.rules.check(caller, action, &matter);
        if self.known.len() >= MOST_REMEMBERED {
            self.known.clear();
        }
        self.known.insert(key, checked.clone());
        checked
    }
}
