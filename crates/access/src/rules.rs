//! The rules, read and checked once, and asked for every call.

use std::collections::{HashMap, HashSet};
use std::str::FromStr;

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid, PolicySet, Request,
    RestrictedExpression, Schema, ValidationMode, Validator,
};

use crate::{ALL_OFFICES, Action, Caller, CallerKind, Resource};

/// The rules as people read them.
pub const RULES: &str = include_str!("../access.cedar");

const SCHEMA: &str = include_str!("../access.cedarschema");

/// Why something is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{en}")]
pub struct Refusal {
    /// Rule that forbids it; `None` if no rule permits it.
    pub rule: Option<String>,
    /// In English.
    pub en: String,
    /// In Chinese.
    pub zh: String,
}

/// The rules, ready to be asked. Cheap to share, thread-safe.
pub struct Rules {
    policies: PolicySet,
    authorizer: Authorizer,
    types: Types,
}

/// Names of entity types, parsed once.
struct Types {
    account: EntityTypeName,
    role: EntityTypeName,
    action: EntityTypeName,
    matter: EntityTypeName,
    enterprise: EntityTypeName,
    event: EntityTypeName,
    change: EntityTypeName,
    release: EntityTypeName,
    login: EntityTypeName,
    service: EntityTypeName,
}

impl std::fmt::Debug for Rules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rules").field("policies", &self.policies.policies().count()).finish_non_exhaustive()
    }
}

impl Rules {
    /// The rules of this program.
    ///
    /// # Panics
    /// Never: the file is part of the program, and a test reads it.
    #[must_use]
    pub fn embedded() -> Rules {
        match Rules::read(RULES) {
            Ok(rules) => rules,
            Err(problem) => panic!("access.cedar: {problem}"),
        }
    }

    /// Reads rules and checks them against the schema.
    ///
    /// # Errors
    /// What is wrong, with the place.
    pub fn read(text: &str) -> Result<Rules, String> {
        let (schema, warnings) = Schema::from_cedarschema_str(SCHEMA).map_err(|error| error.to_string())?;
        if let Some(warning) = warnings.into_iter().next() {
            return Err(warning.to_string());
        }
        let policies = PolicySet::from_str(text).map_err(|error| error.to_string())?;
        let result = Validator::new(schema).validate(&policies, ValidationMode::Strict);
        if let Some(problem) = result.validation_errors().next() {
            return Err(problem.to_string());
        }
        let types = Types::new().map_err(|error| error.to_string())?;
        Ok(Rules { policies: with_own_ids(&policies)?, authorizer: Authorizer::new(), types })
    }

    /// Whether a caller may do something to something.
    ///
    /// # Errors
    /// It is refused: by which rule, or because no rule permits it.
    pub fn check(&self, caller: &Caller, action: Action, resource: &Resource) -> Result<(), Refusal> {
        let own = matches!(resource, Resource::Login { account } if *account == caller.account);
        let asked = self.request(caller, action, resource, own);
        // A question that cannot be put is refused like one that no rule answers.
        let Ok((request, entities)) = asked else { return Err(unpermitted(caller, action)) };
        let response = self.authorizer.is_authorized(&request, &self.policies, &entities);
        match response.decision() {
            Decision::Allow => Ok(()),
            Decision::Deny => Err(self.refusal(caller, action, &response)),
        }
    }

    fn refusal(&self, caller: &Caller, action: Action, response: &cedar_policy::Response) -> Refusal {
        let Some(rule) = response.diagnostics().reason().next() else { return unpermitted(caller, action) };
        let words = |language| self.policies.annotation(rule, language).unwrap_or("forbidden").to_owned();
        Refusal { rule: Some(rule.to_string()), en: words("en"), zh: words("zh") }
    }

    fn request(
        &self,
        caller: &Caller,
        action: Action,
        resource: &Resource,
        own: bool,
    ) -> Result<(Request, Entities), Box<dyn std::error::Error>> {
        let principal = self.types.account(caller.account);
        let (id, attributes) = self.resource(resource);
        let entities = [
            Entity::new(principal.clone(), account_attributes(caller), self.types.roles(caller))?,
            Entity::new(id.clone(), attributes, HashSet::new())?,
        ];
        let context = [
            ("scope".to_owned(), RestrictedExpression::new_string(action.name().to_owned())),
            ("own".to_owned(), RestrictedExpression::new_bool(own)),
        ];
        let action = uid(&self.types.action, action.name());
        let request = Request::new(principal, action, id, Context::from_pairs(context)?, None)?;
        Ok((request, Entities::from_entities(entities, None)?))
    }

    fn resource(&self, resource: &Resource) -> (EntityUid, HashMap<String, RestrictedExpression>) {
        let types = &self.types;
        let text = |text: &String| RestrictedExpression::new_string(text.clone());
        match resource {
            Resource::Matter { office, parties } => {
                let office = office.iter().map(|office| ("office".to_owned(), text(office)));
                let attributes = office.chain([("parties".to_owned(), set(parties))]);
                (uid(&types.matter, "it"), attributes.collect())
            }
            Resource::Enterprise { ids } => {
                (uid(&types.enterprise, "it"), HashMap::from([("ids".to_owned(), set(ids))]))
            }
            Resource::Event { office } => {
                let office = office.iter().map(|office| ("office".to_owned(), text(office)));
                (uid(&types.event, "it"), office.collect())
            }
            Resource::AccountChange { about, asked_by } => {
                let about = ("about".to_owned(), types.accounts([*about]));
                let asked_by = ("asked_by".to_owned(), types.accounts(*asked_by));
                (uid(&types.change, "it"), HashMap::from([about, asked_by]))
            }
            Resource::Release { proposed_by } => {
                let people = types.accounts(proposed_by.iter().copied());
                (uid(&types.release, "it"), HashMap::from([("proposed_by".to_owned(), people)]))
            }
            Resource::Login { account } => (uid(&types.login, &account.to_string()), HashMap::new()),
            Resource::Service => (uid(&types.service, "greenlane"), HashMap::new()),
        }
    }
}

/// A policy is named by its annotation `@id`.
fn with_own_ids(policies: &PolicySet) -> Result<PolicySet, String> {
    let named = policies.policies().map(|policy| match policy.annotation("id") {
        Some(id) => Ok(policy.new_id(cedar_policy::PolicyId::new(id))),
        None => Err(format!("a rule has no @id: {policy}")),
    });
    let named = named.collect::<Result<Vec<_>, _>>()?;
    PolicySet::from_policies(named).map_err(|error| error.to_string())
}

fn account_attributes(caller: &Caller) -> HashMap<String, RestrictedExpression> {
    let scopes = caller.scopes.iter().flatten().map(|scope| scope.name().to_owned()).collect::<Vec<_>>();
    HashMap::from([
        ("all_offices".to_owned(), RestrictedExpression::new_bool(caller.offices.contains(ALL_OFFICES))),
        ("offices".to_owned(), set(&caller.offices)),
        ("enterprise".to_owned(), set(&caller.enterprise)),
        ("scoped".to_owned(), RestrictedExpression::new_bool(caller.scopes.is_some())),
        ("scopes".to_owned(), set(&scopes)),
        ("machine".to_owned(), RestrictedExpression::new_bool(caller.kind == CallerKind::Machine)),
    ])
}

fn set<'a>(texts: impl IntoIterator<Item = &'a String>) -> RestrictedExpression {
    RestrictedExpression::new_set(
        texts.into_iter().map(|text| RestrictedExpression::new_string(text.clone())),
    )
}

fn name(of_type: &str) -> Result<EntityTypeName, Box<cedar_policy::ParseErrors>> {
    of_type.parse().map_err(Box::new)
}

fn uid(of_type: &EntityTypeName, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(of_type.clone(), EntityId::new(id))
}

fn unpermitted(caller: &Caller, action: Action) -> Refusal {
    let roles: Vec<&str> = caller.roles.iter().map(|role| role.name()).collect();
    let roles = if roles.is_empty() { "none".to_owned() } else { roles.join(", ") };
    Refusal {
        rule: None,
        en: format!("no rule lets an account with these roles ({roles}) do `{action}` here"),
        zh: format!("没有规则允许具有这些角色（{roles}）的账户在此执行 `{action}`"),
    }
}

impl Types {
    fn new() -> Result<Types, Box<cedar_policy::ParseErrors>> {
        Ok(Types {
            account: name("Account")?,
            role: name("Role")?,
            action: name("Action")?,
            matter: name("Matter")?,
            enterprise: name("Enterprise")?,
            event: name("Event")?,
            change: name("AccountChange")?,
            release: name("Release")?,
            login: name("Login")?,
            service: name("Service")?,
        })
    }

    fn account(&self, number: u64) -> EntityUid {
        uid(&self.account, &number.to_string())
    }

    fn accounts(&self, numbers: impl IntoIterator<Item = u64>) -> RestrictedExpression {
        let accounts = numbers.into_iter().map(|one| RestrictedExpression::new_entity_uid(self.account(one)));
        RestrictedExpression::new_set(accounts)
    }

    fn roles(&self, caller: &Caller) -> HashSet<EntityUid> {
        caller.roles.iter().map(|role| uid(&self.role, role.name())).collect()
    }
}
