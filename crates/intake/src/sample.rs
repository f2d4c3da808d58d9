//! A small pack for the tests of this crate.

use greenlane_policy::facts::{
    CodeList, CodeListId, ColumnId, Fact, FactSource, FactTable, FactType, History, Take, Window,
};
use greenlane_policy::matters::{Matters, MattersBuilder};
use greenlane_policy::pack::{CoreFacts, GoodsClass, Pack};
use greenlane_policy::text::Text;
use greenlane_terms::calendar::Period;

pub(crate) const YEARS: [&str; 5] = ["y1", "y2", "y3", "y4", "y5"];
pub(crate) const DATES: [&str; 6] = ["y1", "y2", "y3", "y4", "y5", "last_month"];
const ROLES: [&str; 5] = ["consignee_consignor", "declarant", "end_user", "carrier", "applicant"];

fn text(word: &str) -> Text {
    Text::new(word, word)
}

fn list(name: &str, codes: &[&str]) -> CodeList {
    CodeList { name: name.into(), codes: codes.iter().map(|code| ((*code).to_owned(), text(code))).collect() }
}

fn fact(name: &str, fact_type: FactType, source: FactSource) -> Fact {
    Fact {
        name: name.into(),
        fact_type,
        label: text(name),
        source,
        party: None,
        members: Vec::new(),
        history: None,
        stated_by: source.stated_by(),
        assumed: None,
        column: ColumnId(0),
    }
}

fn party_fact(role: &str, name: &str, fact_type: FactType, source: FactSource, members: &[&str]) -> Fact {
    let mut fact = fact(&format!("{role}_{name}"), fact_type, source);
    fact.party = Some((role.into(), name.into()));
    fact.members = members.iter().map(|member| (*member).to_owned()).collect();
    fact
}

fn history(event: &str, take: Take, window: Window) -> Option<History> {
    Some(History { event: event.into(), take, window })
}

fn add_party(table: &mut FactTable, role: &str) {
    let level = FactType::Code(CodeListId(1));
    table.add(party_fact(role, "id", FactType::Id, FactSource::Matter, &[]));
    table.add(party_fact(role, "industry", FactType::Id, FactSource::Registry, &[]));
    table.add(party_fact(role, "level", level, FactSource::Registry, &[]));
    table.add(party_fact(role, "advanced_since", FactType::Date, FactSource::Registry, &[]));
    table.add(party_fact(role, "is_producer", FactType::Flag, FactSource::Registry, &[]));
    table.add(party_fact(role, "debt_ratio", FactType::Ratio, FactSource::Registry, &DATES));
    let mut findings = party_fact(role, "findings_1y", FactType::Count, FactSource::History, &[]);
    findings.history = history("finding", Take::Count, Window::Years(1));
    table.add(findings);
    let mut late = party_fact(role, "tax_late_ever", FactType::Count, FactSource::History, &[]);
    late.history = history("late_payment", Take::Count, Window::Ever);
    table.add(late);
    let mut tax = party_fact(role, "tax_paid", FactType::Money, FactSource::History, &YEARS);
    tax.history = history("tax_payment", Take::Sum, Window::CalendarYears);
    table.add(tax);
}

/// The facts.
pub(crate) fn facts() -> FactTable {
    let mut table = FactTable::default();
    table.code_lists = vec![
        list("matter", &["import_declaration", "export_declaration", "amendment", "guarantee_waiver"]),
        list("credit_level", &["advanced", "regular", "dishonest"]),
        list("unit", &["declaration", "item", "application", "single"]),
        list("lane", &["ordinary", "elevated"]),
        list("transport_mode", &["sea", "air", "road", "rail", "mail", "other"]),
    ];
    table.roles = ROLES.iter().map(|role| ((*role).to_owned(), text(role))).collect();
    let code = |list| FactType::Code(CodeListId(list));
    for (name, fact_type, source) in [
        ("matter_id", FactType::Id, FactSource::Matter),
        ("matter", code(0), FactSource::Matter),
        ("decided_on", FactType::Date, FactSource::Matter),
        ("unit", code(2), FactSource::Matter),
        ("office", FactType::Office, FactSource::Matter),
        ("lane", code(3), FactSource::Matter),
        ("transport_mode", code(4), FactSource::Matter),
        ("two_step", FactType::Flag, FactSource::Matter),
        ("hs_code", FactType::Id, FactSource::Item),
        ("is_food", FactType::Flag, FactSource::Item),
        ("is_cosmetics", FactType::Flag, FactSource::Item),
        ("tax_due", FactType::Money, FactSource::Matter),
        ("carrier_undertaking", FactType::Flag, FactSource::Registry),
    ] {
        table.add(fact(name, fact_type, source));
    }
    for role in ROLES {
        add_party(&mut table, role);
    }
    for name in ["debt_ratio_excellent", "cash_ratio_excellent"] {
        let mut family = fact(name, FactType::Ratio, FactSource::Reference);
        family.members = DATES.iter().map(|member| (*member).to_owned()).collect();
        table.add(family);
    }
    table
}

/// The pack.
pub(crate) fn pack() -> Pack {
    let facts = facts();
    let column = |name: &str| facts.column(name).unwrap();
    let class = |name: &str, prefixes: &[&str]| GoodsClass {
        flag: column(name),
        prefixes: prefixes.iter().map(|prefix| (*prefix).to_owned()).collect(),
        approximate: true,
    };
    Pack {
        id: "sample".into(),
        hash: String::new(),
        title: text("sample"),
        authority: text("sample"),
        instrument: "sample".into(),
        languages: vec!["en".into()],
        in_force: Period::ALWAYS,
        articles: Vec::new(),
        core: CoreFacts {
            matter_id: column("matter_id"),
            matter: column("matter"),
            decided_on: column("decided_on"),
            office: column("office"),
            unit: column("unit"),
            hs_code: Some(column("hs_code")),
        },
        goods_classes: vec![
            class("is_food", &["02", "0401", "190110"]),
            class("is_cosmetics", &["3304", "33051000"]),
        ],
        facts,
        parameters: Vec::new(),
        derived: Vec::new(),
        measures: Vec::new(),
        inspection: None,
        sampling: None,
        realised: None,
        pilots: Vec::new(),
        working_days: greenlane_policy::working_days::WorkingDays::default(),
    }
}

/// Matters that state what is given, and the required facts.
pub(crate) fn matters(pack: &Pack, rows: &[&[(&str, &str)]]) -> Matters {
    let mut builder = MattersBuilder::new(&pack.facts);
    let state = |name: &str, value: &str, builder: &mut MattersBuilder| {
        let column = pack.facts.column(name).unwrap();
        builder.set(column, &pack.facts.read(column, value).unwrap());
    };
    for (number, row) in rows.iter().enumerate() {
        let defaults = [
            ("matter_id", format!("M{number}")),
            ("matter", "import_declaration".into()),
            ("decided_on", "2024-08-30".into()),
        ];
        for (name, value) in &defaults {
            if !row.iter().any(|(stated, _)| stated == name) {
                state(name, value, &mut builder);
            }
        }
        for (name, value) in *row {
            state(name, value, &mut builder);
        }
        builder.end_row();
    }
    builder.finish()
}

/// A file of that name with that content, in a folder that lives as long as the test.
pub(crate) fn file(name: &str, content: impl AsRef<[u8]>) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    (folder, path)
}

/// The data that nobody in this project wrote; `None` (and a word about it) where it is absent.
pub(crate) fn shared_data(what: &str) -> Option<std::path::PathBuf> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(what);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: no shared data");
    None
}

/// All batches of one file as one list of errors, rejects and matters.
pub(crate) struct Outcome {
    pub(crate) batches: Vec<crate::Batch>,
    pub(crate) errors: Vec<crate::IntakeError>,
}

impl Outcome {
    pub(crate) fn of(intake: &crate::Intake<'_>, path: &std::path::Path) -> Outcome {
        let mut outcome = Outcome { batches: Vec::new(), errors: Vec::new() };
        let reader = match intake.read(&[path]) {
            Ok(reader) => reader,
            Err(error) => return Outcome { errors: vec![error], ..outcome },
        };
        for batch in reader {
            match batch {
                Ok(batch) => outcome.batches.push(batch),
                Err(error) => outcome.errors.push(error),
            }
        }
        for batch in &outcome.batches {
            let given = batch.matters.rows() + batch.rejects.len();
            assert_eq!(batch.rows_read + batch.rows_added, given as u64, "a row was dropped or doubled");
        }
        outcome
    }

    pub(crate) fn rows(&self) -> usize {
        self.batches.iter().map(|batch| batch.matters.rows()).sum()
    }

    pub(crate) fn reasons(&self) -> Vec<String> {
        let rejects = self.batches.iter().flat_map(|batch| &batch.rejects);
        rejects.map(|reject| format!("{}: {}", reject.position, reject.reason)).collect()
    }

    pub(crate) fn error(&self) -> String {
        self.errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    /// A fact of one row of the first batch, as text; empty when unknown.
    pub(crate) fn fact(&self, pack: &Pack, row: usize, name: &str) -> String {
        let column = pack.facts.column(name).unwrap();
        let matters = &self.batches[0].matters;
        match matters.text(column, row) {
            Some(text) => text.to_owned(),
            None => {
                matters.value(column, row).map_or_else(String::new, |coded| pack.facts.write(column, coded))
            }
        }
    }
}

/// Reads one file of that name and content.
pub(crate) fn read(name: &str, content: impl AsRef<[u8]>) -> Outcome {
    let pack = pack();
    let (_folder, path) = file(name, content);
    Outcome::of(&crate::Intake::new(&pack), &path)
}
