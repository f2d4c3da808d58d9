//! The house stands as it is drawn: crate graph, circles, sizes, first lines, clocks, HTTP, licences.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

mod house {
    mod circles;
    mod licences;
}

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use support::root;

type Graph = BTreeMap<String, BTreeSet<String>>;

/// The lines `cli -> evaluate, policy` of the block ```crates in ARCHITECTURE.md.
fn drawn() -> Graph {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let (_, rest) = text.split_once("```crates\n").expect("ARCHITECTURE.md has a block ```crates");
    let (block, _) = rest.split_once("```").unwrap();
    let names = |list: &str| {
        list.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
    };
    block
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| match line.split_once("->") {
            Some((from, to)) => (from.trim().to_owned(), names(to)),
            None => (line.trim().to_owned(), BTreeSet::new()),
        })
        .collect()
}

/// The dependencies between crates as Cargo sees them.
fn built() -> Graph {
    let mut graph = Graph::new();
    for entry in std::fs::read_dir(root().join("crates")).unwrap() {
        let folder = entry.unwrap().path();
        let manifest: toml::Table =
            std::fs::read_to_string(folder.join("Cargo.toml")).unwrap().parse().unwrap();
        let dependencies = manifest["dependencies"].as_table().unwrap().keys();
        let own =
            dependencies.filter_map(|name| name.strip_prefix("greenlane-")).map(str::to_owned).collect();
        graph.insert(folder.file_name().unwrap().to_string_lossy().into_owned(), own);
    }
    graph
}

#[test]
fn crates_depend_on_each_other_as_architecture_md_draws_it() {
    assert_eq!(drawn(), built());
}

#[test]
fn dependencies_between_crates_run_one_way() {
    let graph = built();
    fn reaches(graph: &Graph, from: &str, to: &str) -> bool {
        graph[from].iter().any(|next| next == to || reaches(graph, next, to))
    }
    for name in graph.keys() {
        assert!(!reaches(&graph, name, name), "{name} depends on itself");
    }
}

pub(crate) fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !["target", "node_modules", ".venv", ".git", "demo"].contains(&name.as_str()) {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn every_file_says_what_lives_in_it_and_stays_under_800_lines() {
    let mut files = Vec::new();
    rust_files(&root(), &mut files);
    assert!(files.len() > 50);
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.starts_with("//!"), "{} does not open with a //! line", file.display());
        let lines = text.lines().count();
        assert!(lines <= 800, "{} has {lines} lines", file.display());
    }
}

/// Text that no source of these crates may have, outside of some files.
fn lack(crates: &[&str], barred: &[&str], but: &[&str]) {
    let mut files = Vec::new();
    crates.iter().for_each(|name| rust_files(&root().join("crates").join(name).join("src"), &mut files));
    assert!(!files.is_empty());
    for file in files.iter().filter(|file| !but.iter().any(|but| file.ends_with(but))) {
        let text = std::fs::read_to_string(file).unwrap();
        for barred in barred {
            assert!(!text.contains(barred), "{} uses {barred}", file.display());
        }
    }
}

#[test]
fn crates_that_decide_read_no_clock_and_no_file() {
    let barred = ["std::fs", "std::net", "Instant::now", "std::env"];
    lack(&["engine", "selection", "casework", "terms"], &barred, &[]);
}

#[test]
fn nobody_reads_the_time_but_the_clock_that_is_passed_in() {
    let all = built();
    let all: Vec<&str> = all.keys().map(String::as_str).collect();
    lack(&all, &["SystemTime", "Timestamp::now", "Zoned::now"], &["terms/src/clock.rs"]);
    // Only a whole program goes by the machine's clock; tests inside of a file may, too.
    let below: Vec<&str> =
        all.into_iter().filter(|name| !["cli", "server", "terms"].contains(name)).collect();
    lack(&below, &["of_the_machine"], &[]);
}

/// What is below the faces knows nothing of HTTP, and neither face knows the other.
#[test]
fn a_desk_has_no_http_and_no_face_reaches_into_the_other() {
    let below = [
        "access",
        "casework",
        "database",
        "desk",
        "engine",
        "evaluate",
        "intake",
        "policy",
        "selection",
        "store",
        "terms",
    ];
    lack(&below, &["axum", "http::", "maud"], &[]);
    lack(&["api"], &["greenlane_console", "maud"], &[]);
    lack(&["console"], &["greenlane_api", "utoipa"], &[]);
    // What a face changes, it changes by an action of the desk.
    lack(&["api", "console", "transport"], &[".writing(", "Store::open"], &[]);
    let graph = built();
    for below in below {
        assert!(
            !graph[below]
                .iter()
                .any(|name| ["api", "console", "outbound", "transport"].contains(&name.as_str()))
        );
    }
}

/// SQL is in two crates, and who is above them has a handle only.
#[test]
fn nobody_but_the_store_speaks_to_the_database() {
    let graph = built();
    let users: Vec<&String> =
        graph.iter().filter(|(_, uses)| uses.contains("database")).map(|(name, _)| name).collect();
    assert_eq!(users, ["store"]);
    let others: Vec<&str> =
        graph.keys().map(String::as_str).filter(|name| !["database", "store"].contains(name)).collect();
    // The log of operation names targets.
    lack(&others, &["sqlx::", "greenlane_database"], &["observe/src/log.rs"]);
}

/// A room with rooms of its own is a folder with a `mod.rs`; there is no file beside it.
#[test]
fn a_room_is_a_file_or_a_folder() {
    for name in built().keys() {
        let mut files = Vec::new();
        rust_files(&root().join("crates").join(name).join("src"), &mut files);
        for file in files {
            assert!(!file.with_extension("").is_dir(), "{}", file.display());
        }
    }
}

/// `crates/x/src/y.rs` is named by any end of that path, with or without `src`.
#[test]
fn sources_that_the_docs_name_are_there() {
    let mut files = Vec::new();
    for folder in ["crates", "tests", "bench"] {
        rust_files(&root().join(folder), &mut files);
    }
    let paths: Vec<String> =
        files.iter().map(|file| format!("/{}", file.strip_prefix(root()).unwrap().display())).collect();
    let short: Vec<String> = paths.iter().map(|path| path.replace("/src/", "/")).collect();
    let mut count = 0;
    for document in ["ARCHITECTURE.md", "CONTRIBUTING.md", "README.md", "SECURITY.md"] {
        let text = std::fs::read_to_string(root().join(document)).unwrap();
        for named in
            text.split('`').skip(1).step_by(2).filter(|named| named.ends_with(".rs") && !named.contains(' '))
        {
            let end = format!("/{named}");
            assert!(paths.iter().chain(&short).any(|path| path.ends_with(&end)), "{document} names {named}");
            count += 1;
        }
    }
    assert!(count > 50, "{count}");
}

/// `Store::append` and the like: whoever follows a walk finds each step.
#[test]
fn functions_that_architecture_md_names_are_there() {
    let mut files = Vec::new();
    rust_files(&root().join("crates"), &mut files);
    let sources: String = files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    let words: Vec<&str> = sources.split(|of: char| !(of.is_alphanumeric() || of == '_')).collect();
    let defines = |pair: &[&str]| {
        ["fn", "struct", "enum", "trait", "mod", "const", "type"]
            .contains(&pair[0])
            .then(|| pair[1].to_owned())
    };
    let spaces = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>();
    let defined: BTreeSet<String> = spaces.windows(2).filter_map(defines).collect();
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let is_path = |named: &&str| named.contains("::") && !named.contains([' ', '(', '<', '{']);
    let named: BTreeSet<&str> = text.split('`').skip(1).step_by(2).filter(is_path).collect();
    let last = |named: &str| named.rsplit("::").next().unwrap().to_owned();
    let missing: Vec<&&str> = named.iter().filter(|named| !defined.contains(&last(named))).collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert!(named.len() > 20, "{named:?}");
}

/// A crate that grows beyond this is two. Its tests do not count: nobody should have to choose between them and its size.
#[test]
fn no_crate_has_more_than_12_000_lines() {
    let lines = |name: &String| {
        let mut files = Vec::new();
        rust_files(&root().join("crates").join(name).join("src"), &mut files);
        let of_code = files.iter().filter(|file| !file.ends_with("tests.rs")).map(|file| {
            let text = std::fs::read_to_string(file).unwrap();
            text.split("\n#[cfg(test)]\nmod ").next().unwrap().lines().count()
        });
        of_code.sum::<usize>()
    };
    for name in built().keys() {
        let lines = lines(name);
        assert!((10..=12_000).contains(&lines), "{name} has {lines} lines");
    }
}

/// Two shapes of one name are one in the description of the interface: whichever comes last.
#[test]
fn no_two_shapes_of_the_interface_have_one_name() {
    let mut files = Vec::new();
    let with_shapes = ["api", "console", "desk", "outbound", "transport"];
    with_shapes.iter().for_each(|name| rust_files(&root().join("crates").join(name).join("src"), &mut files));
    let mut names = BTreeMap::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        for (_, shape) in text.match_indices("ToSchema)]").map(|(at, _)| text[at..].split_once('\n').unwrap())
        {
            let line = shape.lines().find(|line| line.contains("struct ") || line.contains("enum ")).unwrap();
            let attributes = shape.split(line).next().unwrap();
            let named = attributes.split_once("schema(as = ").map(|(_, rest)| rest);
            let from =
                named.unwrap_or_else(|| line.rsplit_once("struct ").or(line.rsplit_once("enum ")).unwrap().1);
            let name: String = from.chars().take_while(|one| one.is_alphanumeric()).collect();
            let other = names.insert(name.clone(), file.clone());
            assert!(other.is_none(), "{name}: {} and {}", other.unwrap().display(), file.display());
        }
    }
    assert!(names.len() > 50 && names.contains_key("Problem"), "{names:?}");
}
