//! `greenlane disclosure`: the windows of article 8 and of the law around it, with their last days.

use greenlane_engine::Row;
use greenlane_engine::outcome::{EffectValue, WindowValue, effect_value, instrument_of};
use greenlane_policy::matters::{Matters, MattersBuilder};
use greenlane_policy::pack::{Effect, Measure, Pack, Version};
use greenlane_terms::calendar::Day;
use serde_json::json;

use crate::arguments::Disclosure;
use crate::common::{Common, day};
use crate::exit::Exit;
use crate::print::table;

/// A version of the law on disclosure, with its windows for one violation.
struct Windows<'a> {
    measure: &'a Measure,
    version: &'a Version,
    windows: Vec<(WindowValue, &'a str)>,
}

pub fn run(common: &Common, arguments: &Disclosure) -> anyhow::Result<Exit> {
    let violated_on = day(&arguments.violated_on, "--violated-on")?;
    let disclosed_on =
        arguments.disclosed_on.as_deref().map(|text| day(text, "--disclosed-on")).transpose()?;
    if let Some(disclosed_on) = disclosed_on.filter(|disclosed_on| *disclosed_on < violated_on) {
        anyhow::bail!("--disclosed-on {disclosed_on} is before the violation on {violated_on}");
    }
    let law = common.law(None)?;
    let found = windows(common, &law, violated_on, disclosed_on, arguments.aeo);
    if common.json {
        for entry in &found {
            let windows: Vec<&WindowValue> = entry.windows.iter().map(|(window, _)| window).collect();
            common.print_json(&json!({
                "measure": entry.measure.id, "instrument": instrument_of(&law, entry.measure, entry.version),
                "in_force": { "from": entry.version.in_force.from.to_string(), "to": entry.version.in_force.to.map(|day| day.to_string()) },
                "violated_on": violated_on.to_string(), "disclosed_on": disclosed_on.map(|day| day.to_string()), "windows": windows,
            }))?;
        }
    } else {
        print(common, &law, &found, violated_on, disclosed_on);
    }
    Ok(if found.is_empty() { Exit::No } else { Exit::Done })
}

fn windows<'a>(
    common: &Common,
    law: &'a Pack,
    violated_on: Day,
    disclosed_on: Option<Day>,
    aeo: bool,
) -> Vec<Windows<'a>> {
    let has_windows =
        |version: &Version| version.effects.iter().any(|effect| matches!(effect, Effect::Window { .. }));
    let mut found = Vec::new();
    for measure in &law.measures {
        for version in measure.versions.iter().filter(|version| has_windows(version)) {
            let chosen = disclosed_on.is_none_or(|day| version.in_force.contains(day));
            // A version that ended before the violation can never be chosen by a later disclosure.
            let reachable = version.in_force.to.is_none_or(|to| violated_on <= to);
            let day = disclosed_on.unwrap_or(version.in_force.from.max(violated_on));
            let matter = disclosure_matter(law, violated_on, day, aeo);
            if chosen && reachable && for_this_enterprise(law, measure, version, &matter) {
                let row = Row { pack: law, matters: &matter, row: 0 };
                let windows =
                    version.effects.iter().flat_map(|effect| values(&row, effect, common.language.name()));
                found.push(Windows { measure, version, windows: windows.collect() });
            }
        }
    }
    found.sort_by_key(|entry| entry.version.in_force.from);
    found
}

/// Whether what is known of the enterprise rules the version out: the other measure is for it then.
fn for_this_enterprise(law: &Pack, measure: &Measure, version: &Version, matter: &Matters) -> bool {
    let row = Row { pack: law, matters: matter, row: 0 };
    let reads_level = |condition: &greenlane_policy::pack::Condition| {
        let mut reads = false;
        condition.proposition.each_fact(&mut |column| {
            let name = &law.facts.info(column).name;
            reads |= name == "recognised_level" || name.starts_with("applicant_");
        });
        reads
    };
    !measure.matters.is_empty()
        && version
            .conditions
            .iter()
            .filter(|condition| reads_level(condition))
            .all(|condition| row.truth(&condition.proposition) != greenlane_engine::Truth::False)
}

fn disclosure_matter(law: &Pack, violated_on: Day, disclosed_on: Day, aeo: bool) -> Matters {
    let mut builder = MattersBuilder::new(&law.facts);
    let mut state = |name: &str, text: &str| {
        let value =
            law.facts.column(name).and_then(|column| Some((column, law.facts.read(column, text).ok()?)));
        if let Some((column, value)) = value {
            builder.set(column, &value);
        }
    };
    state("matter_id", "disclosure");
    state("matter", "voluntary_disclosure");
    state("decided_on", &disclosed_on.to_string());
    state("violation_on", &violated_on.to_string());
    state("applicant_level", if aeo { "advanced" } else { "regular" });
    builder.end_row();
    builder.finish()
}

fn values<'a>(row: &Row<'_>, effect: &'a Effect, language: &str) -> Vec<(WindowValue, &'a str)> {
    match (effect_value(row, effect), effect) {
        (EffectValue::Window { windows }, Effect::Window { windows: law, .. }) => {
            windows.into_iter().zip(law.iter().map(|window| window.label.get(language))).collect()
        }
        _ => Vec::new(),
    }
}

fn print(common: &Common, law: &Pack, found: &[Windows<'_>], violated_on: Day, disclosed_on: Option<Day>) {
    let language = common.language;
    println!("{} {violated_on}", language.say("违规行为发生日", "violation on"));
    if found.is_empty() {
        println!("{}", language.say("没有适用的规定", "no law in force on that day gives a window"));
    }
    for entry in found {
        let instrument = instrument_of(law, entry.measure, entry.version);
        let to = entry.version.in_force.to.map_or_else(|| "…".to_owned(), |day| day.to_string());
        println!(
            "\n{instrument}  {}  ({} {} – {to})",
            entry.measure.title.get(language.name()),
            language.say("披露日在", "disclosed on"),
            entry.version.in_force.from,
        );
        if let Some(note) = &entry.version.note {
            println!("{}", note.get(language.name()));
        }
        let mut table = table(&[
            language.say("期限", "window"),
            language.say("月数", "months"),
            language.say("最后一日", "last day"),
            language.say("剩余天数", "days left"),
        ]);
        for (window, label) in &entry.windows {
            let left = disclosed_on.and(window.days_left).map_or_else(String::new, |days| days.to_string());
            table.add_row([
                (*label).to_owned(),
                window.months.to_string(),
                window.last_day.clone().unwrap_or_default(),
                left,
            ]);
        }
        println!("{table}");
    }
}
