//! The oracle's law as the files of a pack.

use std::fmt::Write;

use greenlane_policy::load::PackFiles;

use super::calendar;
use super::law::{Law, Measure, Origin, Parameter, Type, UNITS, Version};
use super::print::decimal;

pub fn files(law: &Law) -> PackFiles {
    let mut files = vec![
        ("pack.toml".to_owned(), HEAD.to_owned()),
        ("facts.toml".to_owned(), facts(law)),
        ("parameters.toml".to_owned(), law.parameters.iter().map(|one| parameter(law, one)).collect()),
        ("derive.toml".to_owned(), derivations(law)),
        ("reference/pilots.csv".to_owned(), pilots(law)),
        ("measures/50-goal.toml".to_owned(), GOAL.to_owned()),
    ];
    for (at, one) in law.measures.iter().enumerate() {
        // A programme measure stands among them, which decides nothing.
        files
            .push((format!("measures/{:02}.toml", if at == 0 { 0 } else { 50 + at }), measure(law, at, one)));
    }
    PackFiles::new(files)
}

const HEAD: &str = r#"id = "oracle"
title = { en = "t" }
authority = { en = "a" }
instrument = "i"
languages = ["en"]
in_force = { from = 1900-01-01 }
articles = ["1"]
"#;

const GOAL: &str = r#"id = "goal"
article = "1"
kind = "programme"
unit = "declaration"
matters = []
in_force = { from = 2000-01-01 }
title = { en = "t" }
summary = { en = "s" }
[effect.goal]
figure = "f"
label = { en = "f" }
"#;

fn facts(law: &Law) -> String {
    let mut text = String::new();
    for (at, list) in law.lists.iter().enumerate() {
        let _ = writeln!(text, "[codes.{}]", list_name(at));
        list.iter().for_each(|code| {
            let _ = writeln!(text, "{code} = {{ en = \"c\" }}");
        });
    }
    text.push_str("[fact.matter_id]\ntype = \"id\"\nlabel = { en = \"l\" }\nsource = \"matter\"\n");
    for fact in &law.facts {
        let kind = type_name(fact.kind);
        let source = match fact.origin {
            Origin::Stated => "matter",
            Origin::Derived => "derived",
            Origin::Pilot => "pilot",
        };
        let _ = writeln!(
            text,
            "[fact.{}]\ntype = \"{kind}\"\nlabel = {{ en = \"l\" }}\nsource = \"{source}\"",
            fact.name
        );
        if let Type::Code(list) = fact.kind {
            let _ = writeln!(text, "codes = \"{}\"", list_name(list));
        }
        if !fact.members.is_empty() {
            let _ = writeln!(text, "members = {:?}", fact.members);
        }
    }
    text
}

fn list_name(at: usize) -> String {
    ["matter", "unit"].get(at).map_or_else(|| format!("list_{at}"), |name| (*name).to_owned())
}

fn type_name(kind: Type) -> &'static str {
    match kind {
        Type::Flag => "flag",
        Type::Count => "count",
        Type::Date => "date",
        Type::Money => "money",
        Type::Ratio => "ratio",
        Type::Code(_) => "code",
        Type::Office => "office",
    }
}

fn parameter(law: &Law, parameter: &Parameter) -> String {
    let kind = parameter.kind;
    let show = |value: i64| match kind {
        Type::Flag => (value == 1).to_string(),
        kind => format!("\"{}\"", decimal(i128::from(value), kind.scale())),
    };
    let mut text =
        format!("[{}]\ntype = \"{}\"\nlabel = {{ en = \"l\" }}\n", parameter.name, type_name(kind));
    let list = match parameter.by.map(|fact| (&law.facts[fact].name, law.facts[fact].kind)) {
        Some((name, Type::Code(list))) => {
            let _ = writeln!(text, "by = \"{name}\"");
            Some(&law.lists[list])
        }
        _ => None,
    };
    text.push_str("versions = [\n");
    for version in &parameter.versions {
        let one = |(code, value): &(Option<usize>, i64)| match (list, code) {
            (Some(list), Some(code)) => format!("{} = {}", list[*code], show(*value)),
            _ => show(*value),
        };
        let values: Vec<String> = version.values.iter().map(one).collect();
        let values = if list.is_some() { format!("{{ {} }}", values.join(", ")) } else { values.concat() };
        let _ = writeln!(text, "  {{ {}, value = {values} }},", dates(version.from, version.to));
    }
    text + "]\n"
}

fn dates(from: i64, to: Option<i64>) -> String {
    let to = to.map_or_else(String::new, |to| format!(", to = {}", calendar::text(to)));
    format!("from = {}{to}", calendar::text(from))
}

fn derivations(law: &Law) -> String {
    let one = |derivation: &super::law::Derivation| {
        let (name, is) = (&law.facts[derivation.fact].name, &derivation.text);
        format!("[[derive]]\nfact = \"{name}\"\narticle = \"1\"\nen = \"d\"\nis = \"{is}\"\n")
    };
    law.derivations.iter().map(one).collect()
}

fn pilots(law: &Law) -> String {
    let mut text = "pilot,office,from,to,note\n".to_owned();
    for listed in &law.pilots {
        let pilot = law.facts[listed.fact].name.trim_start_matches("pilot_");
        let office = if listed.district {
            format!("{:02}xx", listed.office / 100)
        } else {
            format!("{:04}", listed.office)
        };
        let to = listed.to.map_or_else(String::new, calendar::text);
        let _ = writeln!(text, "{pilot},{office},{},{to},", calendar::text(listed.from));
    }
    text
}

fn measure(law: &Law, at: usize, measure: &Measure) -> String {
    let matters: Vec<&String> = measure.matters.iter().map(|matter| &law.lists[0][*matter]).collect();
    let mut text = format!(
        "id = \"m{at}\"\narticle = \"1\"\nkind = \"binding\"\nunit = \"{}\"\nmatters = {matters:?}\n",
        UNITS[measure.unit]
    );
    if let Some(pilot) = measure.pilot {
        let _ = writeln!(text, "pilot = \"{}\"", law.facts[pilot].name.trim_start_matches("pilot_"));
    }
    text.push_str("title = { en = \"t\" }\nsummary = { en = \"s\" }\n");
    match &measure.versions[..] {
        [only] => {
            let _ = writeln!(text, "in_force = {{ {} }}", dates(only.from, only.to));
            when(&mut text, "", only);
        }
        versions => versions.iter().for_each(|version| {
            let _ = writeln!(text, "[[version]]\nin_force = {{ {} }}", dates(version.from, version.to));
            when(&mut text, "version.", version);
        }),
    }
    text
}

fn when(text: &mut String, of: &str, version: &Version) {
    let _ = writeln!(text, "[{of}when]");
    for (number, condition) in version.conditions.iter().enumerate() {
        let _ = writeln!(text, "c{number} = {{ is = \"{}\", en = \"w\" }}", condition.text);
    }
    let _ = writeln!(text, "[{of}effect.waiver]\nof = \"penalty\"");
}
