//! `greenlane config show`.

use greenlane_configuration::{Effective, Origin, Written, effective};
use serde_json::{Map, Value, json};

use crate::arguments::{Config, ConfigCommand};
use crate::common::Common;
use crate::exit::Exit;
use crate::print::table;

pub fn run(common: &Common, arguments: &Config) -> anyhow::Result<Exit> {
    let ConfigCommand::Show { settings } = &arguments.command;
    let effective = effective(&settings.given(common))?;
    if common.json {
        let pairs: Map<String, Value> = effective.iter().map(as_json).collect();
        common.print_json(&pairs)?;
        return Ok(Exit::Done);
    }
    let language = common.language;
    let mut shown = table(&[
        language.say("键", "key"),
        language.say("值", "value"),
        language.say("来自", "from"),
        language.say("含义", "what it is"),
    ]);
    for Effective { key, value, origin } in &effective {
        let from = match origin {
            Origin::Default => language.say("默认", "default").to_owned(),
            origin => origin.to_string(),
        };
        let value = value.clone().unwrap_or_else(|| "–".to_owned());
        shown.add_row([key.name.to_owned(), value, from, language.say(key.zh, key.en).to_owned()]);
    }
    println!("{shown}");
    Ok(Exit::Done)
}

fn as_json(effective: &Effective) -> (String, Value) {
    let Effective { key, value, origin } = effective;
    let value = match (key.written, value) {
        (Written::Number, Some(text)) => json!(text.parse::<u64>().ok()),
        (Written::Switch, Some(text)) => json!(text == "true"),
        (_, value) => json!(value),
    };
    (key.name.to_owned(), json!({ "value": value, "from": origin.to_string() }))
}
