//! The same rules and the same facts through Greenlane's peers: first that they agree on every row, then at what rate.

mod agreement;
mod answers;
mod columns;
mod derived;
mod exchange;
mod export;
mod export_terms;
mod expression;
mod facts;
mod figures;
mod host_dates;
mod layout;
mod lifting;
mod memory;
mod peers;
mod reference;
mod stopwatch;
mod two_valued;

use std::path::Path;

use anyhow::{Result, bail};

const USAGE: &str = "bench export <rules.json>
bench check|figures <rules.json> <facts.arrow> <folder of the other engines' results>";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["export", rules] => export::rules(&export::engine()?)?.write(Path::new(rules)),
        ["check", rules, facts, folder] => {
            let (rules, facts) = read(rules, facts)?;
            agreement::check(&rules, &facts, Path::new(folder))
        }
        ["figures", rules, facts, folder] => {
            let (rules, facts) = read(rules, facts)?;
            figures::show(&rules, &facts, Path::new(folder))
        }
        _ => bail!("{USAGE}"),
    }
}

fn read(rules: &str, facts: &str) -> Result<(exchange::RuleSet, facts::Facts)> {
    Ok((exchange::RuleSet::read(Path::new(rules))?, facts::Facts::read(Path::new(facts))?))
}
