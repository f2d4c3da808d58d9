//! A pack of one condition, written out in a test, and what becomes of it by both readers.

use greenlane_engine::{Answers, ConditionId, Program, Row, Truth};
use greenlane_policy::load::PackFiles;
use greenlane_policy::matters::MattersBuilder;
use greenlane_policy::pack::Pack;

/// A pack in parts; facts as `name type source` a line, derived facts as `name := text`.
#[derive(Default, Clone, Copy)]
pub struct Small<'a> {
    pub condition: &'a str,
    pub facts: &'a str,
    pub parameters: &'a str,
    pub derived: &'a [(&'a str, &'a str)],
}

const HEAD: &str = r#"id = "small"
title = { en = "t" }
authority = { en = "a" }
instrument = "i"
languages = ["en"]
in_force = { from = 1900-01-01 }
articles = ["1"]
"#;
const CODES: &str = "[codes.matter]\nm = { en = \"c\" }\n[codes.unit]\nsingle = { en = \"c\" }\n\
                     [codes.level]\na = { en = \"c\" }\nb = { en = \"c\" }\n";
const CORE: &str = "matter_id id matter\nmatter code matter\ndecided_on date matter\noffice office matter\nunit code matter\n";

impl Small<'_> {
    /// Loads it; problems as lines.
    pub fn load(self) -> Result<Pack, String> {
        let mut facts = CODES.to_owned();
        for line in CORE.lines().chain(self.facts.lines()) {
            let [name, kind, source] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("`{line}`") };
            let list = if ["matter", "unit"].contains(&name) { name } else { "level" };
            let codes = if kind == "code" { format!("codes = \"{list}\"\n") } else { String::new() };
            facts += &format!(
                "[fact.{name}]\ntype = \"{kind}\"\n{codes}label = {{ en = \"l\" }}\nsource = \"{source}\"\n"
            );
        }
        let one = |(fact, is): &(&str, &str)| {
            format!("[[derive]]\nfact = \"{fact}\"\narticle = \"1\"\nen = \"d\"\nis = \"{is}\"\n")
        };
        let derived: String = self.derived.iter().map(one).collect();
        let measure = format!(
            "id = \"m\"\narticle = \"1\"\nkind = \"binding\"\nunit = \"declaration\"\nmatters = [\"m\"]\n\
             title = {{ en = \"t\" }}\nsummary = {{ en = \"s\" }}\nin_force = {{ from = 1900-01-01 }}\n\
             [when]\nc = {{ is = \"{}\", en = \"w\" }}\n[effect.waiver]\nof = \"penalty\"\n",
            self.condition
        );
        let files = [
            ("pack.toml", HEAD.to_owned()),
            ("facts.toml", facts),
            ("parameters.toml", self.parameters.to_owned()),
            ("derive.toml", derived),
            ("measures/1.toml", measure),
        ];
        let files = files.map(|(path, text)| (path.to_owned(), text)).to_vec();
        Pack::load(&PackFiles::new(files)).map_err(|problems| problems.lines())
    }

    /// What its condition comes to, by the program and by the row reader.
    pub fn decide(self, given: &[(&str, &str)]) -> (Truth, Truth) {
        let pack = self.load().unwrap();
        let mut builder = MattersBuilder::new(&pack.facts);
        for (name, value) in given {
            let column = pack.facts.column(name).unwrap();
            builder.set(column, &pack.facts.read(column, value).unwrap());
        }
        builder.end_row();
        let matters = builder.finish();
        let mut answers = Answers::default();
        Program::compile(&pack).decide(&matters, 0..1, &mut answers);
        let row = Row { pack: &pack, matters: &matters, row: 0 };
        let condition = &pack.measures[0].versions[0].conditions[0].proposition;
        (answers.condition(ConditionId(0), 0), row.truth(condition))
    }
}
