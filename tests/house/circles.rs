//! No room of a crate uses another that uses it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::rust_files;
use crate::support::root;

type Uses = BTreeMap<String, BTreeSet<String>>;

/// The names after `crate::` in a source without its tests and comments, also those of `crate::{a, b}`.
fn named(source: &str) -> BTreeSet<String> {
    let code = source.split("#[cfg(test)]\nmod tests").next().unwrap();
    let code: Vec<&str> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n");
    let is_word = |one: char| one.is_alphanumeric() || one == '_';
    let mut names = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        // Not the end of another crate's name.
        if code[..at].ends_with(is_word) {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        let many = rest.strip_prefix('{').and_then(|rest| rest.split_once('}')).map(|(many, _)| many);
        for one in many.unwrap_or(rest).split(',').take(if many.is_some() { usize::MAX } else { 1 }) {
            names.insert(one.trim().chars().take_while(|one| is_word(*one)).collect());
        }
    }
    names
}

/// Which rooms (the modules below a crate's root) each room uses.
fn rooms(sources: &Path) -> Uses {
    let mut files = Vec::new();
    rust_files(sources, &mut files);
    let room = |file: &Path| {
        let first = file.strip_prefix(sources).unwrap().components().next().unwrap();
        first.as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned()
    };
    let mut uses = Uses::new();
    for file in &files {
        let own = uses.entry(room(file)).or_default();
        own.extend(named(&std::fs::read_to_string(file).unwrap()));
    }
    let known: BTreeSet<String> = uses.keys().cloned().collect();
    uses.iter_mut().for_each(|(own, used)| used.retain(|name| name != own && known.contains(name)));
    uses.remove("lib");
    uses.remove("main");
    uses
}

/// The rooms to which one comes from a room.
fn reached<'u>(uses: &'u Uses, from: &'u String) -> BTreeSet<&'u String> {
    let (mut seen, mut next) = (BTreeSet::new(), vec![from]);
    while let Some(room) = next.pop() {
        next.extend(uses.get(room).into_iter().flatten().filter(|used| seen.insert(*used)));
    }
    seen
}

/// Rooms from which one comes back to where one began.
fn circle(uses: &Uses) -> Vec<&str> {
    uses.keys().filter(|room| reached(uses, room).contains(room)).map(String::as_str).collect()
}

#[test]
fn rooms_of_a_crate_use_each_other_one_way() {
    let mut crates = 0;
    for entry in std::fs::read_dir(root().join("crates")).unwrap() {
        let folder = entry.unwrap().path();
        let uses = rooms(&folder.join("src"));
        let circle = circle(&uses);
        assert!(circle.is_empty(), "{}: {circle:?}", folder.display());
        crates += 1;
    }
    assert!(crates > 15);
}

#[test]
fn a_circle_is_seen_and_a_chain_is_none() {
    let of = |pairs: &[(&str, &str)]| {
        let mut uses = Uses::new();
        for (from, to) in pairs {
            uses.entry((*from).to_owned()).or_default().insert((*to).to_owned());
        }
        uses
    };
    assert!(circle(&of(&[("a", "b"), ("b", "c"), ("a", "c")])).is_empty());
    assert_eq!(circle(&of(&[("a", "b"), ("b", "c"), ("c", "b")])), ["b", "c"]);
    let source = "use crate::{a::X, b};\nuse other_crate::c;\n// crate::d\nfn f() { crate::e::g() }\n#[cfg(test)]\nmod tests { use crate::h; }";
    assert_eq!(named(source), ["a", "b", "e"].map(str::to_owned).into());
}
