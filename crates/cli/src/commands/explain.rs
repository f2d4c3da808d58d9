//! `greenlane explain`, `needs`, `what-if`: one matter, in words.

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use greenlane_engine::explain::{Explanation, MeasureExplanation};
use greenlane_engine::outcome::RateOutcome;
use greenlane_engine::{Answers, Engine, Truth};
use greenlane_policy::facts::ColumnInfo;
use greenlane_policy::matters::Matters;
use greenlane_policy::origin::Origin;
use greenlane_policy::pack::Verdict;
use greenlane_selection::{Algorithm, Drawer, Epoch};
use greenlane_terms::Stage;
use serde_json::json;

use super::draw::{algorithm, master_key};
use crate::arguments::OneMatter;
use crate::common::Common;
use crate::exit::Exit;
use crate::inputs;
use crate::print::{mark, percent};

pub fn run(common: &Common, arguments: &OneMatter) -> anyhow::Result<Exit> {
    with_matter(common, arguments, |engine, explanation, origins| {
        let draw = explanation
            .inspection
            .as_ref()
            .map(|rate| draw(arguments, engine, explanation, rate))
            .transpose()?;
        let draw = draw.flatten();
        if common.json {
            let sources = by_origin(engine, origins, |column| column.name.clone());
            let sources: BTreeMap<&str, Vec<String>> =
                sources.into_iter().map(|(origin, names)| (origin.name(), names)).collect();
            return common
                .print_json(&json!({ "explanation": explanation, "draw": draw, "sources": sources }));
        }
        print_header(common, explanation);
        if arguments.measure.is_some() || arguments.full {
            for measure in &explanation.measures {
                print_measure(common, measure);
            }
        } else {
            print_overview(common, explanation);
        }
        print_rates(common, explanation, draw.as_ref());
        print_sources(common, engine, origins, arguments.measure.is_some() || arguments.full);
        print_changes(common, explanation);
        Ok(())
    })
}

/// The smallest sets of facts that would settle what is undetermined.
pub fn needs(common: &Common, arguments: &OneMatter) -> anyhow::Result<Exit> {
    with_matter(common, arguments, |_, explanation, _| {
        let open = explanation.measures.iter().filter(|measure| measure.verdict == Verdict::Undetermined);
        if common.json {
            let open: Vec<_> =
                open.map(|measure| json!({ "id": measure.id, "needs": measure.needs_facts })).collect();
            return common.print_json(&json!({ "matter_id": explanation.matter_id, "undetermined": open }));
        }
        let mut any = false;
        for measure in open {
            any = true;
            println!(" ? {:<5} {}  ({})", measure.id, measure.title, measure.citation);
            print_alternatives(common, &measure.needs);
        }
        if !any {
            println!(
                "{}",
                common
                    .language
                    .say("无需补充：没有待定的措施", "nothing is needed: no measure is undetermined")
            );
        }
        Ok(())
    })
}

/// The smallest changes that would grant what is refused.
pub fn what_if(common: &Common, arguments: &OneMatter) -> anyhow::Result<Exit> {
    with_matter(common, arguments, |_, explanation, _| {
        let refused = explanation.measures.iter().filter(|measure| measure.verdict == Verdict::Refused);
        if common.json {
            let refused: Vec<_> =
                refused.map(|measure| json!({ "id": measure.id, "changes": measure.changes })).collect();
            return common.print_json(&json!({ "matter_id": explanation.matter_id, "refused": refused }));
        }
        for measure in refused {
            println!(" ✘ {:<5} {}  ({})", measure.id, measure.title, measure.citation);
            if measure.changes.is_empty() {
                let words =
                    common.language.say("任何事实的变化都不能使其适用", "no change of facts would grant it");
                println!("         {words}");
            }
            print_alternatives(common, &measure.changes);
        }
        Ok(())
    })
}

fn print_alternatives(common: &Common, alternatives: &[Vec<String>]) {
    for (at, parts) in alternatives.iter().enumerate() {
        let or = if at == 0 { "" } else { common.language.say("或：", "or: ") };
        println!("         {or}{}", parts.join(common.language.say("；", "; ")));
    }
}

fn with_matter(
    common: &Common,
    arguments: &OneMatter,
    show: impl FnOnce(&Engine, &Explanation, &[Origin]) -> anyhow::Result<()>,
) -> anyhow::Result<Exit> {
    let engine = common.engine()?;
    let (intake, _) = inputs::open(&arguments.inputs, &engine.pack)?;
    let intake = intake.with_origins();
    let mut rejects = 0;
    for batch in intake.read(&arguments.inputs.files)? {
        let batch = batch?;
        rejects += batch.rejects.len();
        if let Some(reject) = batch.rejects.first().filter(|_| batch.matters.rows() == 0) {
            eprintln!("{reject}");
        }
        let Some(row) = find(&engine, &batch.matters, arguments.matter.as_deref()) else { continue };
        let mut explanation = explain_row(common, &engine, &batch.matters, row);
        if let Some(id) = &arguments.measure {
            explanation.measures.retain(|measure| measure.id == *id);
            if explanation.measures.is_empty() {
                let known = engine.pack.measure(id).is_some();
                bail!(
                    "{}",
                    if known {
                        format!("measure {id} is out of scope of this matter")
                    } else {
                        format!("there is no measure `{id}`")
                    }
                );
            }
        }
        show(&engine, &explanation, batch.origins.row(row))?;
        return Ok(Exit::Done);
    }
    match &arguments.matter {
        Some(id) => bail!("no matter `{id}` in the input ({rejects} rows were rejected)"),
        None => bail!("no matter in the input ({rejects} rows were rejected)"),
    }
}

fn find(engine: &Engine, matters: &Matters, id: Option<&str>) -> Option<usize> {
    let column = engine.pack.core.matter_id;
    (0..matters.rows()).find(|row| id.is_none_or(|id| matters.text(column, *row) == Some(id)))
}

fn explain_row(common: &Common, engine: &Engine, matters: &Matters, row: usize) -> Explanation {
    let mut answers = Answers::default();
    engine.program.decide(matters, row..row + 1, &mut answers);
    engine.decided(matters, row, &answers, 0).explain(common.language.name())
}

/// A draw, and how to check it.
#[derive(serde::Serialize)]
struct DrawLine {
    u: String,
    draw: String,
    selected: bool,
    check: String,
}

fn draw(
    arguments: &OneMatter,
    engine: &Engine,
    explanation: &Explanation,
    rate: &RateOutcome,
) -> anyhow::Result<Option<DrawLine>> {
    let Some(path) = &arguments.draw_key else { return Ok(None) };
    let epoch: Epoch = explanation.decided_on.parse().context("the day of the matter")?;
    let algorithm = algorithm(arguments.sm3);
    let key = master_key(path)?.epoch_key(algorithm, epoch);
    let draw = Drawer::new(&key, &engine.pack.hash, Stage::Inspection).draw(&explanation.matter_id);
    let sm3 = if algorithm == Algorithm::HmacSm3 { " --sm3" } else { "" };
    Ok(Some(DrawLine {
        u: draw.to_hex(),
        draw: draw.to_string(),
        selected: draw.selects(rate.rate),
        check: format!(
            "greenlane draw verify --epoch {epoch} --key <revealed> --matter {} --rate {} --u {} --selected {}{sm3}",
            explanation.matter_id,
            rate.rate,
            draw.to_hex(),
            draw.selects(rate.rate)
        ),
    }))
}

fn print_header(common: &Common, explanation: &Explanation) {
    let language = common.language;
    let office = explanation
        .office
        .as_deref()
        .map_or_else(String::new, |office| format!("   {} {office}", language.say("关区", "office")));
    let level = explanation.treated_as.as_deref().map_or_else(
        || language.say("适用等级未知", "level not known").to_owned(),
        |level| format!("{}{level}", language.say("适用等级：", "treated as ")),
    );
    let parties = match explanation.parties.join(language.say("，", "; ")) {
        parties if parties.is_empty() => parties,
        parties => format!(" ({parties})"),
    };
    println!(
        "{} {}{office}   {}   {level}{parties}",
        explanation.matter, explanation.matter_id, explanation.decided_on
    );
}

/// One line a measure: what is granted first, then what is open, then what is refused.
fn print_overview(common: &Common, explanation: &Explanation) {
    let mut table = comfy_table::Table::new();
    table
        .load_style(comfy_table::presets::NOTHING)
        .set_content_arrangement(comfy_table::ContentArrangement::Dynamic);
    for verdict in [Verdict::Granted, Verdict::Undetermined, Verdict::Refused] {
        for measure in explanation.measures.iter().filter(|measure| measure.verdict == verdict) {
            table.add_row([
                mark(verdict).to_owned(),
                measure.id.clone(),
                measure.title.clone(),
                reasons(common, measure),
            ]);
        }
    }
    println!("{}", table.trim_fmt());
}

fn reasons(common: &Common, measure: &MeasureExplanation) -> String {
    let language = common.language;
    let semicolon = language.say("；", "; ");
    match measure.verdict {
        Verdict::Undetermined => {
            let set =
                measure.needs.first().map_or_else(String::new, |set| set.join(language.say("、", ", ")));
            format!("{}{set}", language.say("需要：", "needs: "))
        }
        Verdict::Granted => {
            let held: Vec<&str> =
                measure.conditions.iter().map(|condition| condition.words.as_str()).collect();
            format!("{}  → {}", held.join(semicolon), measure.effects.join(semicolon))
        }
        Verdict::Refused | Verdict::OutOfScope => {
            let failed = measure.conditions.iter().filter(|condition| condition.truth == Truth::False);
            let lines: Vec<String> = failed
                .map(|condition| match condition.because.join(semicolon) {
                    because if because.is_empty() => {
                        format!("{}{}", language.say("不符合：", "not: "), condition.words)
                    }
                    because => because,
                })
                .collect();
            lines.join(semicolon)
        }
    }
}

fn print_measure(common: &Common, measure: &MeasureExplanation) {
    let language = common.language;
    let right = match measure.verdict {
        Verdict::Granted => format!("→ {}", measure.effects.join("; ")),
        Verdict::Undetermined => {
            let needs =
                measure.needs.first().map_or_else(String::new, |set| set.join(language.say("、", ", ")));
            format!("{}{needs}", language.say("需要：", "needs: "))
        }
        _ => String::new(),
    };
    println!(
        " {} {:<15} {}  [{}]  {right}",
        mark(measure.verdict),
        measure.id,
        measure.title,
        measure.citation
    );
    if let Some(note) = &measure.note {
        println!("                     ({note})");
    }
    for condition in &measure.conditions {
        let mark = match condition.truth {
            Truth::True => "✔",
            Truth::False => "✘",
            Truth::Unknown => "?",
        };
        if condition.truth == Truth::False || condition.truth == Truth::Unknown {
            println!("     {mark} {}", condition.words);
            for line in condition.because.iter().filter(|line| !line.is_empty()) {
                println!("         {line}");
            }
        } else if measure.verdict == Verdict::Granted {
            println!("     {mark} {}", condition.words);
        }
    }
}

fn print_rates(common: &Common, explanation: &Explanation, draw: Option<&DrawLine>) {
    let language = common.language;
    let rates = [
        (language.say("查验", "Inspection"), &explanation.inspection),
        (language.say("抽批", "Sampling"), &explanation.sampling),
    ];
    for (name, rate) in rates {
        if let Some(rate) = rate {
            println!("{name}   {}", rate_line(common, rate));
        }
    }
    match draw {
        Some(draw) => {
            let outcome = if draw.selected {
                language.say("抽中", "selected")
            } else {
                language.say("未抽中", "not selected")
            };
            println!(
                "{} {} → {outcome}    {}: {}",
                language.say("抽取", "draw"),
                draw.draw,
                language.say("核验", "check"),
                draw.check
            );
        }
        None if explanation.inspection.is_some() => {
            println!(
                "{}",
                language.say("未抽取：请用 --draw-key 给出密钥", "no draw: give a key with --draw-key")
            );
        }
        None => {}
    }
}

/// The known facts by where they come from.
fn by_origin(
    engine: &Engine,
    origins: &[Origin],
    name: impl Fn(&ColumnInfo) -> String,
) -> BTreeMap<Origin, Vec<String>> {
    let mut sources: BTreeMap<Origin, Vec<String>> = BTreeMap::new();
    for (origin, column) in origins.iter().zip(&engine.pack.facts.columns) {
        if *origin != Origin::Unknown {
            sources.entry(*origin).or_default().push(name(column));
        }
    }
    sources
}

/// Where the facts come from: how many of each source, or which.
fn print_sources(common: &Common, engine: &Engine, origins: &[Origin], is_full: bool) {
    let facts = &engine.pack.facts;
    let code = common.language.name();
    let label = |column: &ColumnInfo| match column.member {
        None => facts.facts[column.fact].label.get(code).to_owned(),
        Some(_) => column.name.clone(),
    };
    let colon = common.language.say("：", ": ");
    let sources = by_origin(engine, origins, label);
    if !is_full {
        let counts: Vec<String> = sources
            .iter()
            .map(|(origin, labels)| format!("{} {}", origin.words(code), labels.len()))
            .collect();
        let title = common.language.say("事实来源", "Facts");
        return println!("{title}{colon}{}", counts.join(common.language.say("，", ", ")));
    }
    println!("{}", common.language.say("事实来源", "Where the facts come from"));
    for (origin, labels) in sources {
        println!("  {}{colon}{}", origin.words(code), labels.join(common.language.say("、", ", ")));
    }
}

fn rate_line(common: &Common, rate: &RateOutcome) -> String {
    let language = common.language;
    if rate.mandatory == Some(true) {
        return format!(
            "100 % ({})",
            language.say("必检指令，任何措施不得降低", "mandatory order: no measure lowers it")
        );
    }
    let base = greenlane_policy::units::Rate::from_ratio(rate.base_rate)
        .map_or_else(String::new, |rate| percent(rate.parts()));
    let lane = rate
        .lane
        .as_deref()
        .map_or_else(String::new, |lane| format!(" ({} \"{lane}\")", language.say("通道", "lane")));
    let factors: String = rate
        .factors
        .iter()
        .map(|factor| format!(" × {} ({} {})", factor.factor, factor.instrument, factor.measure))
        .collect();
    let floor = rate.raised_to_floor.map_or_else(String::new, |floor| {
        let floor = greenlane_policy::units::Rate::from_ratio(floor)
            .map_or_else(String::new, |rate| percent(rate.parts()));
        format!("  {} {floor}", language.say("不低于下限", "raised to the floor"))
    });
    format!("{base}{lane}{factors} = {}{floor}", percent(rate.rate.parts()))
}

/// More changes than this are no advice; `what-if` lists them all the same.
const MOST_CHANGES: usize = 2;

fn print_changes(common: &Common, explanation: &Explanation) {
    let refused: Vec<_> = explanation
        .measures
        .iter()
        .filter(|measure| measure.verdict == Verdict::Refused)
        .filter(|measure| measure.changes.first().is_some_and(|parts| parts.len() <= MOST_CHANGES))
        .collect();
    if refused.is_empty() {
        return;
    }
    println!("{}", common.language.say("如何改变", "What would change it"));
    for measure in refused {
        let alternatives: Vec<String> =
            measure.changes.iter().map(|parts| parts.join(common.language.say("；", "; "))).collect();
        println!("  {}: {}", measure.id, alternatives.join(common.language.say("；或 ", "; or ")));
    }
}
