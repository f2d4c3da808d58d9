//! `greenlane pack check|test|show|sql|facts`.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::bail;
use greenlane_engine::Engine;
use greenlane_engine::cases::{CaseResult, run_cases};
use greenlane_engine::labels::kind_words;
use greenlane_policy::facts::{Fact, StatedBy};
use greenlane_policy::pack::{Kind, Measure, Pack, Verdict, Version};
use greenlane_terms::Language;
use serde_json::json;

use crate::arguments::{Pack as Arguments, PackCommand};
use crate::common::Common;
use crate::exit::Exit;
use crate::print::{count, table, verdict};

pub fn run(common: &Common, arguments: &Arguments) -> anyhow::Result<Exit> {
    match &arguments.command {
        PackCommand::Check { folder } => check(common, folder.as_deref()),
        PackCommand::Test { folder, all } => test(common, folder.as_deref(), *all),
        PackCommand::Show { measure: Some(id) } => show(common, id),
        PackCommand::Show { measure: None } => list(common),
        PackCommand::Sql { table } => {
            let law = common.law(None)?;
            let sql = if *table {
                greenlane_engine::sql::facts_table(&law)
            } else {
                greenlane_engine::sql::statement(&law)
            };
            println!("{sql};");
            Ok(Exit::Done)
        }
        PackCommand::Facts => facts(common),
    }
}

fn check(common: &Common, folder: Option<&Path>) -> anyhow::Result<Exit> {
    if common.json {
        return check_json(common, folder);
    }
    let law = common.law(folder)?;
    let conditions: usize = law
        .measures
        .iter()
        .flat_map(|measure| &measure.versions)
        .map(|version| version.conditions.len())
        .sum();
    let cases: usize = law.measures.iter().map(|measure| measure.cases.len()).sum();
    let language = common.language;
    println!(
        "{} {}  {}: {}, {}: {conditions}, {}: {}, {}: {cases}",
        law.id,
        &law.hash[..16],
        language.say("措施", "measures"),
        law.measures.len(),
        language.say("条件", "conditions"),
        language.say("事实", "facts"),
        law.facts.facts.len(),
        language.say("案例", "cases"),
    );
    println!("{}", language.say("未发现问题", "no problems"));
    Ok(Exit::Done)
}

fn check_json(common: &Common, folder: Option<&Path>) -> anyhow::Result<Exit> {
    let problems = match common.law(folder) {
        Ok(_) => Vec::new(),
        Err(error) => match error.downcast::<greenlane_policy::problem::PackProblems>() {
            Ok(problems) => problems.problems,
            Err(other) => return Err(other),
        },
    };
    let found: Vec<_> = problems
        .iter()
        .map(|problem| {
            let (line, column) = problem.line_and_column();
            json!({ "file": problem.file(), "line": line, "column": column, "problem": problem.fault.to_string() })
        })
        .collect();
    common.print_json(&json!({ "problems": found }))?;
    Ok(if found.is_empty() { Exit::Done } else { Exit::Pack })
}

fn test(common: &Common, folder: Option<&Path>, all: bool) -> anyhow::Result<Exit> {
    let engine = Engine::new(common.law(folder)?);
    let results = run_cases(&engine);
    let failed = results.iter().filter(|result| !result.passed()).count();
    if common.json {
        for result in &results {
            common.print_json(&json!({
                "measure": result.measure, "case": result.name, "passed": result.passed(), "differences": result.differences,
            }))?;
        }
    } else {
        print_results(common, &results, all);
    }
    let passed = results.len() - failed;
    if !common.json {
        println!("pack cases: {passed} passed, {failed} failed");
    }
    Ok(if failed == 0 { Exit::Done } else { Exit::No })
}

fn print_results(common: &Common, results: &[CaseResult], all: bool) {
    for result in results.iter().filter(|result| all || !result.passed()) {
        println!(" {} {:<14} {}", if result.passed() { "✔" } else { "✘" }, result.measure, result.name);
        for difference in &result.differences {
            println!("                    {difference}");
        }
    }
    let mut tally: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
    for result in results {
        let counts = tally.entry(&result.measure).or_default();
        let at = [Verdict::Granted, Verdict::Refused, Verdict::Undetermined, Verdict::OutOfScope];
        if let Some(at) = at.iter().position(|one| *one == result.expected) {
            counts[at] += 1;
        }
    }
    let language = common.language;
    let words = |one| verdict(one, language);
    let mut table = table(&[
        language.say("措施", "measure"),
        words(Verdict::Granted),
        words(Verdict::Refused),
        words(Verdict::Undetermined),
        words(Verdict::OutOfScope),
    ]);
    for (measure, counts) in tally {
        let mut row = vec![measure.to_owned()];
        row.extend(counts.iter().map(ToString::to_string));
        table.add_row(row);
    }
    println!("{table}");
}

fn kind(kind: Kind, common: &Common) -> &'static str {
    let [zh, en] = kind_words(kind);
    common.language.say(zh, en)
}

fn list(common: &Common) -> anyhow::Result<Exit> {
    let law = common.law(None)?;
    let code = common.language.name();
    if common.json {
        for measure in &law.measures {
            common.print_json(&measure_json(&law, measure, code))?;
        }
        return Ok(Exit::Done);
    }
    let language = common.language;
    let mut table = table(&[
        "",
        language.say("依据", "article"),
        language.say("种类", "kind"),
        language.say("措施", "measure"),
    ]);
    for measure in &law.measures {
        let ground = match &measure.instrument {
            Some(instrument) => instrument.clone(),
            None => format!("第{}条", measure.article),
        };
        table.add_row([&measure.id, &ground, kind(measure.kind, common), measure.title.get(code)]);
    }
    println!("{}  {}\n{table}", law.title.get(code), law.instrument);
    Ok(Exit::Done)
}

fn measure_json(law: &Pack, measure: &Measure, code: &str) -> serde_json::Value {
    let version = |version: &Version| {
        let conditions: Vec<_> = version
            .conditions
            .iter()
            .map(|condition| json!({ "name": condition.name, "words": condition.text.get(code), "is": condition.source }))
            .collect();
        json!({ "from": version.in_force.from.to_string(), "to": version.in_force.to.map(|day| day.to_string()), "conditions": conditions })
    };
    json!({
        "id": measure.id, "article": measure.article,
        "instrument": measure.instrument.as_deref().unwrap_or(&law.instrument),
        "kind": measure.kind, "title": measure.title.get(code), "summary": measure.summary.get(code),
        "versions": measure.versions.iter().map(version).collect::<Vec<_>>(),
        "cases": measure.cases.len(),
    })
}

fn show(common: &Common, id: &str) -> anyhow::Result<Exit> {
    let law = common.law(None)?;
    let Some(measure) = law.measure(id) else {
        let labels: Vec<&str> = law.measures.iter().map(|measure| measure.id.as_str()).collect();
        bail!("there is no measure `{id}`; the pack has {}", labels.join(", "));
    };
    let code = common.language.name();
    if common.json {
        common.print_json(&measure_json(&law, measure, code))?;
        return Ok(Exit::Done);
    }
    let language = common.language;
    let instrument = measure.instrument.as_deref().unwrap_or(&law.instrument);
    println!("{}  {}", measure.id, measure.title.get(code));
    println!("{instrument} {}   {}   {}", measure.article, kind(measure.kind, common), measure.file);
    println!("\n{}\n", measure.summary.get(code));
    for version in &measure.versions {
        let to = version.in_force.to.map_or_else(|| "…".to_owned(), |day| day.to_string());
        println!("{} {} – {to}", language.say("有效期", "in force"), version.in_force.from);
        if let Some(note) = &version.note {
            println!("{}", note.get(code));
        }
        let mut table = table(&[
            language.say("条件", "condition"),
            language.say("法律", "law"),
            language.say("规则", "rule"),
        ]);
        for condition in &version.conditions {
            table.add_row([condition.name.as_str(), condition.text.get(code), condition.source.trim()]);
        }
        println!("{table}");
        print_effects(common, &law, version);
    }
    println!("{}: {}", language.say("案例", "cases"), count(measure.cases.len() as u64));
    Ok(Exit::Done)
}

fn print_effects(common: &Common, law: &Pack, version: &Version) {
    // Effects in words are made for a row; a row without facts shows them in general.
    let matters = greenlane_policy::matters::Matters::new(1, Vec::new());
    let row = greenlane_engine::Row { pack: law, matters: &matters, row: 0 };
    let words = greenlane_engine::words::Words { row, language: common.language.name() };
    for effect in &version.effects {
        use greenlane_policy::pack::Effect;
        let line = match effect {
            Effect::InspectionRate(id) | Effect::SamplingRate(id) => parameter_line(law, *id, common),
            Effect::Goal { label, .. } => label.get(common.language.name()).to_owned(),
            other => greenlane_engine::explain::effect_words(&words, other),
        };
        println!("→ {line}");
    }
}

fn parameter_line(law: &Pack, id: greenlane_policy::expression::ParameterId, common: &Common) -> String {
    let parameter = law.parameter(id);
    let versions: Vec<String> = parameter
        .versions
        .iter()
        .map(|version| match &version.value {
            greenlane_policy::pack::ParameterValue::One(value) => {
                format!("{} ({} …)", greenlane_policy::units::Ratio(*value), version.in_force.from)
            }
            greenlane_policy::pack::ParameterValue::ByCode(_) => format!("({} …)", version.in_force.from),
        })
        .collect();
    format!("× {} = {}", parameter.label.get(common.language.name()), versions.join(", "))
}

fn facts(common: &Common) -> anyhow::Result<Exit> {
    let law = common.law(None)?;
    let code = common.language.name();
    if common.json {
        for fact in &law.facts.facts {
            common.print_json(&json!({
                "name": fact.name, "members": fact.members, "label": fact.label.get(code),
                "expected": law.facts.expected(fact.fact_type), "source": format!("{:?}", fact.source).to_lowercase(),
                "stated_by": fact.stated_by.names(),
            }))?;
        }
        return Ok(Exit::Done);
    }
    let language = common.language;
    let mut table = table(&[
        language.say("事实", "fact"),
        language.say("名称", "label"),
        language.say("取值", "value"),
        language.say("来源", "source"),
        language.say("可由谁申明", "stated by"),
    ]);
    for fact in &law.facts.facts {
        let name = if fact.members.is_empty() {
            fact.name.clone()
        } else {
            format!("{}[{}]", fact.name, fact.members.join(", "))
        };
        let source = format!("{:?}", fact.source).to_lowercase();
        table.add_row([
            name.as_str(),
            fact.label.get(code),
            &law.facts.expected(fact.fact_type),
            &source,
            stated_by(language, fact),
        ]);
    }
    println!("{table}");
    Ok(Exit::Done)
}

fn stated_by(language: Language, fact: &Fact) -> &'static str {
    match fact.stated_by {
        StatedBy::Declarant => language.say("申报人、海关", "declarant, customs"),
        StatedBy::Customs => language.say("仅海关", "customs alone"),
    }
}
