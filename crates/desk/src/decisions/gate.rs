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
