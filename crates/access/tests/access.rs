//! The rules say what `cases.toml` says, and nothing more.

use std::collections::{BTreeMap, BTreeSet};

use greenlane_access::{Action, Caller, CallerKind, RULES, Resource, Role, Rules};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    who: BTreeMap<String, Who>,
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Who {
    account: u64,
    #[serde(default)]
    roles: BTreeSet<Role>,
    #[serde(default)]
    offices: BTreeSet<String>,
    #[serde(default)]
    enterprise: BTreeSet<String>,
    scopes: Option<BTreeSet<Action>>,
    #[serde(default)]
    kind: CallerKind,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MatterOf {
    office: Option<String>,
    parties: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EventOf {
    office: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangeOf {
    about: u64,
    asked_by: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    who: String,
    matter: Option<MatterOf>,
    ids: Option<Vec<String>>,
    proposed_by: Option<Vec<u64>>,
    login: Option<u64>,
    event: Option<EventOf>,
    change: Option<ChangeOf>,
    may: BTreeSet<Action>,
}

/// The thing, and every action that can be done to such a thing.
fn thing(case: Case) -> (Resource, Vec<Action>) {
    use Action::{
        Administer, Apply, ApproveAccount, ApproveRelease, AskAccount, Decide, DirectWork, Observe,
        ProposeRelease, ReadDrafts, ReadDraw, ReadEnterprise, ReadLaw, ReadLog, ReadMatter, ReadTrail,
        RecordEnterprise, RecordEvent, StateCustomsFacts, Try, UseLogin, UseWebhooks, Work,
    };
    if let Some(MatterOf { office, parties }) = case.matter {
        (
            Resource::Matter { office, parties },
            vec![Decide, Try, StateCustomsFacts, ReadMatter, ReadDraw, Apply, Work, DirectWork],
        )
    } else if let Some(ids) = case.ids {
        (Resource::Enterprise { ids }, vec![ReadEnterprise, RecordEnterprise])
    } else if let Some(EventOf { office }) = case.event {
        (Resource::Event { office }, vec![RecordEvent])
    } else if let Some(ChangeOf { about, asked_by }) = case.change {
        (Resource::AccountChange { about, asked_by }, vec![AskAccount, ApproveAccount])
    } else if let Some(proposed_by) = case.proposed_by {
        (Resource::Release { proposed_by }, vec![ProposeRelease, ApproveRelease])
    } else if let Some(account) = case.login {
        (Resource::Login { account }, vec![UseLogin])
    } else {
        (Resource::Service, vec![ReadLaw, ReadDrafts, ReadLog, ReadTrail, Observe, UseWebhooks, Administer])
    }
}

#[test]
fn every_caller_may_do_what_the_cases_say_and_nothing_else() {
    let Cases { who, case: cases } = toml::from_str(include_str!("cases.toml")).unwrap();
    let rules = Rules::embedded();
    let (mut checked, mut seen) = (0, BTreeSet::new());
    for case in cases {
        let name = case.who.clone();
        let Who { account, roles, offices, enterprise, scopes, kind } = &who[&name];
        seen.extend(roles.clone());
        let caller = Caller {
            account: *account,
            roles: roles.clone(),
            offices: offices.clone(),
            enterprise: enterprise.clone(),
            scopes: scopes.clone(),
            kind: *kind,
            ..Caller::default()
        };
        let may = case.may.clone();
        let (resource, actions) = thing(case);
        assert!(may.iter().all(|action| actions.contains(action)), "{name}: {may:?} on {resource:?}");
        for action in actions {
            let allowed = rules.check(&caller, action, &resource).is_ok();
            assert_eq!(allowed, may.contains(&action), "{name}, {action}, {resource:?}");
            checked += 1;
        }
    }
    assert_eq!(seen, Role::ALL.into(), "every role has cases");
    assert!(checked > 100);
}

#[test]
fn a_refusal_says_which_rule_forbids_or_that_none_permits() {
    let rules = Rules::embedded();
    let editor = Caller { account: 4, roles: [Role::PolicyEditor].into(), ..Caller::default() };
    let own = rules.check(&editor, Action::ApproveRelease, &Resource::Release { proposed_by: vec![4] });
    let own = own.unwrap_err();
    assert_eq!(own.rule.as_deref(), Some("two_people"));
    assert!(own.en.contains("a second person must") && own.zh.contains("另一人"));
    let none = rules.check(&editor, Action::Administer, &Resource::Service).unwrap_err();
    assert_eq!((none.rule, none.en.contains("(policy_editor) do `administer`")), (None, true));
}

#[test]
fn rules_that_do_not_fit_the_schema_are_not_read() {
    assert!(Rules::read("permit (principal, action, resource);").unwrap_err().contains("no @id"));
    let misspelt = RULES.replace("resource.parties", "resource.partys");
    assert!(Rules::read(&misspelt).unwrap_err().contains("partys"));
    assert!(Rules::read("permit (").is_err());
}

#[test]
fn names_are_read_as_they_are_written() {
    for role in Role::ALL {
        assert_eq!(Role::of_name(role.name()), Some(role));
    }
    for action in Action::ALL {
        assert_eq!(Action::of_name(action.name()), Some(action));
    }
    assert_eq!((Role::of_name("root"), Action::of_name("all")), (None, None));
}

#[test]
fn whoever_decides_at_an_office_may_state_there_what_customs_states_unless_the_token_says_no() {
    let rules = Rules::embedded();
    for role in Role::ALL {
        let caller =
            Caller { roles: [role].into(), offices: ["3101".to_owned()].into(), ..Caller::default() };
        for office in ["3101", "3102"] {
            let at = Resource::Matter { office: Some(office.to_owned()), parties: Vec::new() };
            let may = |action| rules.check(&caller, action, &at).is_ok();
            assert_eq!(may(Action::Decide), may(Action::StateCustomsFacts), "{role} at {office}");
        }
    }
}

#[test]
fn only_rules_of_enterprises_and_editors_look_at_parties() {
    // The server asks once for an office and all its matters, unless the caller is one of these.
    let rules = RULES.split("@id(").skip(1);
    let looking: Vec<&str> = rules.filter(|rule| rule.contains("resource.parties")).collect();
    assert_eq!(looking.len(), 4);
    let of = |rule: &&str| {
        ["enterprise", "policy_editor"].map(|role| rule.contains(&format!("principal in Role::\"{role}\"")))
    };
    assert!(looking.iter().all(|rule| of(rule).contains(&true)), "{looking:?}");
}
