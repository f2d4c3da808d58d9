//! Dependencies are permissive: each has a licence that `deny.toml` allows.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;
use spdx::{Expression, ParseMode};

use crate::support::root;

/// The licences that `deny.toml` allows.
fn allowed() -> BTreeSet<String> {
    let deny: toml::Table = std::fs::read_to_string(root().join("deny.toml")).unwrap().parse().unwrap();
    let allowed = deny["licenses"]["allow"].as_array().unwrap();
    allowed.iter().map(|one| one.as_str().unwrap().to_owned()).collect()
}

/// Whether an SPDX expression can be met with licences that are allowed.
fn is_met(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let expression = Expression::parse_mode(expression, ParseMode::LAX);
    expression.is_ok_and(|expression| expression.evaluate(|one| allowed.contains(&one.to_string())))
}

#[test]
fn every_dependency_has_a_licence_that_deny_toml_allows() {
    let allowed = allowed();
    let platform = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let asked =
        ["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform", &platform];
    let said = Command::new(env!("CARGO")).args(asked).current_dir(root()).output().unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let metadata: Value = serde_json::from_slice(&said.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let others = packages.iter().filter(|package| package["source"].is_string());
    let mut count = 0;
    for package in others {
        count += 1;
        let licence = package["license"].as_str();
        let is_met = licence.is_some_and(|licence| is_met(licence, &allowed));
        assert!(is_met, "{} {}: {licence:?}", package["name"], package["version"]);
    }
    assert!(count > 100, "{count}");
}

#[test]
fn a_licence_that_is_not_permissive_is_told() {
    let allowed = allowed();
    for (expression, expected) in [
        ("MIT", true),
        ("MIT/Apache-2.0", true),
        ("GPL-3.0-only OR MIT", true),
        ("GPL-3.0-only", false),
        ("AGPL-3.0-or-later AND MIT", false),
        ("LGPL-2.1-only", false),
        ("Proprietary", false),
    ] {
        assert_eq!(is_met(expression, &allowed), expected, "{expression}");
    }
}
