//! Pack text → checked pack: reads the files of a pack, reports every problem at once.

mod cases;
mod document;
mod effects;
mod facts;
mod measures;
mod parameters;
mod realised;
mod reference;
mod report;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use include_dir::{Dir, include_dir};
use sha2::{Digest, Sha256};

use crate::condition::{Names, read_derivation};
use crate::facts::FactSource;
use crate::pack::{CoreFacts, DerivedFact, Pack, Parameter, RateRule};
use crate::problem::{Fault, PackProblems, Problem};
use report::{File, Report};

static EMBEDDED: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../../packs/cn-gacc-2024-36");

/// The files of a pack: path within the pack (with `/`) and text, sorted by path.
#[derive(Clone, Debug, Default)]
pub struct PackFiles {
    files: Vec<(String, Arc<String>)>,
}

impl PackFiles {
    /// The pack `cn-gacc-2024-36` that is part of this binary.
    #[must_use]
    pub fn embedded() -> PackFiles {
        fn collect(dir: &Dir<'_>, files: &mut Vec<(String, String)>) {
            for file in dir.files() {
                let path = file.path().to_string_lossy().replace('\\', "/");
                if let Some(text) = file.contents_utf8().filter(|_| PackFiles::belongs(&path)) {
                    files.push((path, text.to_owned()));
                }
            }
            dir.dirs().for_each(|dir| collect(dir, files));
        }
        let mut files = Vec::new();
        collect(&EMBEDDED, &mut files);
        PackFiles::new(files)
    }

    /// The files of a folder: `*.toml`, `measures/*.toml`, `reference/*.csv`.
    ///
    /// # Errors
    /// The folder or one of its files cannot be read as UTF-8 text.
    pub fn from_folder(folder: &Path) -> Result<PackFiles, PackProblems> {
        let mut files = Vec::new();
        for (sub, extension) in [("", "toml"), ("measures", "toml"), ("reference", "csv")] {
            let path = folder.join(sub);
            if !sub.is_empty() && !path.is_dir() {
                continue;
            }
            let entries = std::fs::read_dir(&path).map_err(|error| unreadable(&path, &error))?;
            for entry in entries {
                let file = entry.map_err(|error| unreadable(&path, &error))?.path();
                if file.extension().is_some_and(|found| found == extension) {
                    if !file.file_name().and_then(|name| name.to_str()).is_some_and(is_name) {
                        let reason =
                            std::io::Error::other("its name is not one that a file of a pack may have");
                        return Err(unreadable(&file, &reason));
                    }
                    let text = std::fs::read_to_string(&file).map_err(|error| unreadable(&file, &error))?;
                    let name =
                        file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                    files.push((if sub.is_empty() { name } else { format!("{sub}/{name}") }, text));
                }
            }
        }
        Ok(PackFiles::new(files))
    }

    /// Files from memory: `(path, text)`.
    #[must_use]
    pub fn new(files: Vec<(String, String)>) -> PackFiles {
        let mut files: Vec<_> = files.into_iter().map(|(path, text)| (path, Arc::new(text))).collect();
        files.sort();
        PackFiles { files }
    }

    /// Path and text of every file, sorted.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// Whether a path is one of those that [`PackFiles::from_folder`] reads: never outside of its folder, on whichever system.
    #[must_use]
    pub fn belongs(path: &str) -> bool {
        let (name, extension) = match path.split_once('/') {
            None => (path, ".toml"),
            Some(("measures", name)) => (name, ".toml"),
            Some(("reference", name)) => (name, ".csv"),
            Some(_) => return false,
        };
        name.ends_with(extension) && is_name(name)
    }

    /// SHA-256 over names and bytes, each with its length before it, in hex.
    #[must_use]
    pub fn hash(&self) -> String {
        let mut hash = Sha256::new();
        for (path, text) in &self.files {
            for part in [path.as_bytes(), text.as_bytes()] {
                hash.update((part.len() as u64).to_be_bytes());
                hash.update(part);
            }
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn file(&self, path: &str) -> Option<File> {
        let (path, text) = self.files.iter().find(|(name, _)| name == path)?;
        Some(File { path: path.clone(), text: Arc::clone(text) })
    }

    fn in_folder<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = File> + 'a {
        self.files
            .iter()
            .filter(move |(path, _)| path.starts_with(folder))
            .map(|(path, text)| File { path: path.clone(), text: Arc::clone(text) })
    }
}

/// Longest name of a file, in bytes.
const LONGEST_NAME: usize = 200;

/// Whether a file may have that name: no folder, drive or parent in it, nothing invisible, not hidden.
fn is_name(name: &str) -> bool {
    let is_odd =
        |one: char| one.is_control() || matches!(one, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
    name.len() <= LONGEST_NAME
        && name == name.trim()
        && !name.starts_with('.')
        && !name.contains("..")
        && !name.chars().any(is_odd)
}

fn unreadable(path: &Path, error: &std::io::Error) -> PackProblems {
    let name = path.display().to_string();
    let problem = Problem::at(&name, &Arc::new(String::new()), 0..0, Fault::Unreadable(error.to_string()));
    PackProblems { problems: vec![problem] }
}

impl Pack {
    /// The pack `cn-gacc-2024-36` that is part of this binary.
    ///
    /// # Errors
    /// It has problems, which its tests rule out.
    pub fn embedded() -> Result<Pack, PackProblems> {
        Pack::load(&PackFiles::embedded())
    }

    /// Reads and checks a pack.
    ///
    /// # Errors
    /// Every problem found, in the order of files and lines.
    pub fn load(files: &PackFiles) -> Result<Pack, PackProblems> {
        Pack::load_while(files, &|| true)
    }

    /// As [`Pack::load`], given up as soon as `goes_on` says no, which is asked before each measure.
    ///
    /// # Errors
    /// Every problem found so far: none, perhaps, if it was given up.
    pub fn load_while(files: &PackFiles, goes_on: &dyn Fn() -> bool) -> Result<Pack, PackProblems> {
        let mut report = Report::default();
        let pack = read(files, goes_on, &mut report);
        match pack {
            Some(pack) if report.is_empty() => Ok(pack),
            _ => Err(report.finish()),
        }
    }
}

fn read(files: &PackFiles, goes_on: &dyn Fn() -> bool, report: &mut Report) -> Option<Pack> {
    let head_file = report.required(files.file("pack.toml"), "pack.toml");
    let facts_file = report.required(files.file("facts.toml"), "facts.toml");
    let head_file = head_file?;
    let head: document::Head = report.parse(&head_file)?;
    let languages = head.languages.clone();
    let facts_file = facts_file?;
    let facts_document: document::Facts = report.parse(&facts_file)?;
    let facts = facts::read(&facts_document, &facts_file, &languages, report);
    let parameters = match files.file("parameters.toml") {
        Some(file) => parameters::read(&file, &facts, &languages, report),
        None => Vec::new(),
    };
    let by_name: HashMap<_, _> = parameters
        .iter()
        .zip(0u16..)
        .map(|(parameter, id)| {
            (parameter.name.clone(), (crate::expression::ParameterId(id), parameter.parameter_type))
        })
        .collect();
    let names = Names { facts: &facts, parameters: &by_name };
    let derived =
        files.file("derive.toml").map(|file| read_derived(&file, &names, &parameters, &languages, report));
    let in_force = head.in_force.read(&head_file, report)?;
    let context = measures::Context { names: &names, head: &head, in_force, parameters: &parameters };
    let measures = measures::read_all(files.in_folder("measures/"), goes_on, &context, report)?;
    measures::check_articles(&measures, &head, &head_file, report);
    let rate = |rule: &Option<document::Rate>, report: &mut Report| {
        rule.as_ref().and_then(|rule| read_rate(rule, &names, &head_file, report))
    };
    let (inspection, sampling) = (rate(&head.inspection, report), rate(&head.sampling, report));
    let watched = (&facts, &parameters[..], &measures[..]);
    let realised =
        head.realised.as_ref().and_then(|found| realised::read(found, watched, &head_file, report));
    let pilots = reference::pilots(files.file("reference/pilots.csv"), &facts, report);
    let goods_classes = reference::goods_classes(files.file("reference/goods-classes.csv"), &facts, report);
    let working_days = reference::calendar(files.file("reference/calendar.csv"), report);
    let core = core_facts(&facts, &facts_file, report)?;
    Some(Pack {
        id: head.id,
        hash: files.hash(),
        title: head.title,
        authority: head.authority,
        instrument: head.instrument,
        languages,
        in_force,
        articles: head.articles.into_iter().map(toml::Spanned::into_inner).collect(),
        core,
        parameters,
        derived: derived.unwrap_or_default(),
        measures,
        inspection,
        sampling,
        realised,
        pilots,
        goods_classes,
        working_days,
        facts,
    })
}

fn core_facts(facts: &crate::facts::FactTable, file: &File, report: &mut Report) -> Option<CoreFacts> {
    let mut core = |name: &str| {
        let column = facts.column(name);
        if column.is_none() {
            report.note(file, 0..0, Fault::UnknownFact { name: name.to_owned(), nearest: None });
        }
        column
    };
    let (matter_id, matter, decided_on) = (core("matter_id"), core("matter"), core("decided_on"));
    let (office, unit) = (core("office"), core("unit"));
    Some(CoreFacts {
        matter_id: matter_id?,
        matter: matter?,
        decided_on: decided_on?,
        office: office?,
        unit: unit?,
        hs_code: facts.column("hs_code"),
    })
}

fn read_derived(
    file: &File,
    names: &Names<'_>,
    parameters: &[Parameter],
    languages: &[String],
    report: &mut Report,
) -> Vec<DerivedFact> {
    let Some(document) = report.parse::<document::Derivations>(file) else { return Vec::new() };
    let mut derived: Vec<DerivedFact> = Vec::new();
    for entry in document.derive {
        let fact = names.facts.fact(entry.fact.get_ref());
        let Some(fact) = fact.filter(|fact| fact.source == FactSource::Derived && fact.members.is_empty())
        else {
            let what = "derived fact in facts.toml (source = \"derived\")";
            report.note(file, entry.fact.span(), Fault::Unknown { what, name: entry.fact.into_inner() });
            continue;
        };
        if derived.iter().any(|above: &DerivedFact| above.column == fact.column) {
            let name = fact.name.clone();
            report.note(file, entry.fact.span(), Fault::Duplicate { what: "derivation of", name });
        }
        report.words(
            file,
            entry.fact.span(),
            &format!("derivation of `{}`", fact.name),
            &entry.words,
            languages,
        );
        match read_derivation(entry.is.get_ref(), names, fact.column) {
            Ok(rule) => {
                check_order(file, &entry.is, &rule, (names, parameters), &derived, report);
                derived.push(DerivedFact {
                    column: fact.column,
                    article: entry.article,
                    text: entry.words,
                    source: entry.is.into_inner(),
                    rule,
                });
            }
            Err(faults) => report.condition(file, &entry.is, faults),
        }
    }
    derived
}

/// A derived fact reads only facts that are derived above it.
fn check_order(
    file: &File,
    is: &toml::Spanned<String>,
    rule: &crate::pack::DerivedRule,
    (names, parameters): (&Names<'_>, &[Parameter]),
    above: &[DerivedFact],
    report: &mut Report,
) {
    let mut visit = |column| {
        let fact = names.facts.fact_of(column);
        if fact.source == FactSource::Derived && !above.iter().any(|derived| derived.column == column) {
            let message = format!("`{}` is derived below or here: put its derivation first", fact.name);
            report.note(file, is.span(), Fault::Measure(message));
        }
    };
    match rule {
        crate::pack::DerivedRule::Flag(proposition) => proposition.each_fact(&mut visit),
        crate::pack::DerivedRule::Value(term) => term.each_fact(&mut visit),
    }
    // A parameter reads the fact it is keyed by.
    parameters.iter().filter(|parameter| mentions(is.get_ref(), &parameter.name)).for_each(|parameter| {
        parameter.by.into_iter().for_each(&mut visit);
    });
}

/// Whether a condition names a parameter.
fn mentions(condition: &str, parameter: &str) -> bool {
    let name = format!("${parameter}");
    let ends = |rest: &str| !rest.starts_with(|next: char| next.is_alphanumeric() || next == '_');
    condition.match_indices(&name).any(|(at, _)| ends(&condition[at + name.len()..]))
}

fn read_rate(rule: &document::Rate, names: &Names<'_>, file: &File, report: &mut Report) -> Option<RateRule> {
    let ratio = crate::pack::ParameterType::Ratio;
    let base_rate = report.parameter(file, &rule.base_rate, names, &[ratio]);
    let floor = rule.floor.as_ref().and_then(|floor| report.parameter(file, floor, names, &[ratio]));
    let mandatory = rule.mandatory.as_ref().and_then(|fact| {
        report.fact(file, fact, names.facts, |found| found == crate::facts::FactType::Flag, "a flag")
    });
    Some(RateRule { base_rate: base_rate?, floor, mandatory })
}
