//! Facts in the columns of one pack → the same facts in the columns of another pack, by name.

use greenlane_policy::facts::{ColumnId, FactTable, FactType};
use greenlane_policy::matters::{Bits, Column, Known, Matters};
use greenlane_policy::pack::Pack;

/// Where a column of the other pack comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
enum From {
    /// No fact of that name and type: unknown.
    Nowhere,
    /// The same values.
    Column(ColumnId),
    /// Codes of a list with other positions; `None` where the other list lacks the code.
    Codes(ColumnId, Vec<Option<u8>>),
}

/// How facts go from one pack to another.
#[derive(Clone, Debug)]
pub struct Translation {
    columns: Vec<From>,
    /// Columns of the first pack that the other one does not take.
    lost: Vec<(ColumnId, String)>,
}

impl Translation {
    /// From the columns of one pack to those of another.
    #[must_use]
    pub fn new(from: &Pack, to: &Pack) -> Translation {
        let columns: Vec<From> =
            to.facts.columns.iter().map(|column| origin(&from.facts, &to.facts, &column.name)).collect();
        let taken = |id: ColumnId| {
            columns.iter().any(|origin| match origin {
                From::Nowhere => false,
                From::Column(column) | From::Codes(column, _) => *column == id,
            })
        };
        let known =
            from.facts.columns.iter().zip(0..).map(|(column, id)| (ColumnId(id), column.name.clone()));
        let lost = known.filter(|(id, _)| !taken(*id)).collect();
        Translation { columns, lost }
    }

    /// The matters in the columns of the other pack.
    #[must_use]
    pub fn apply(&self, matters: &Matters) -> Matters {
        let columns = self.columns.iter().map(|origin| match origin {
            From::Nowhere => Column::Absent,
            From::Column(column) => matters.column(*column).clone(),
            From::Codes(column, codes) => recode(matters.column(*column), codes),
        });
        Matters::new(matters.rows(), columns.collect())
    }

    /// Facts that some matter states and the other pack does not take.
    #[must_use]
    pub fn left_out(&self, matters: &Matters) -> Vec<String> {
        let stated = |id: &ColumnId| !matches!(matters.column(*id), Column::Absent);
        self.lost.iter().filter(|(id, _)| stated(id)).map(|(_, name)| name.clone()).collect()
    }
}

fn origin(from: &FactTable, to: &FactTable, name: &str) -> From {
    let (Some(source), Some(target)) = (from.column(name), to.column(name)) else { return From::Nowhere };
    match (from.info(source).fact_type, to.info(target).fact_type) {
        (FactType::Code(old), FactType::Code(new)) => {
            let (old, new) = (from.code_list(old), to.code_list(new));
            let codes = old.codes.iter().map(|(code, _)| new.position(code));
            let codes: Vec<Option<u8>> = codes.collect();
            let same = codes.iter().zip(0..).all(|(code, at)| *code == Some(at));
            if same { From::Column(source) } else { From::Codes(source, codes) }
        }
        (old, new) if old == new => From::Column(source),
        _ => From::Nowhere,
    }
}

fn recode(column: &Column, codes: &[Option<u8>]) -> Column {
    let Column::Code { values, known } = column else { return Column::Absent };
    let mut recoded = vec![0; values.len()];
    let mut bits = Bits::filled(values.len(), false);
    for (row, value) in values.iter().enumerate().filter(|(row, _)| known.get(*row)) {
        if let Some(code) = codes.get(usize::from(*value)).copied().flatten() {
            recoded[row] = code;
            bits.set(row, true);
        }
    }
    Column::Code { values: recoded, known: Known::Some(bits) }
}

#[cfg(test)]
mod tests {
    use greenlane_policy::load::PackFiles;
    use greenlane_policy::matters::MattersBuilder;

    use super::*;

    fn pack(change: impl Fn(&str, &str) -> String) -> Pack {
        let files = PackFiles::embedded();
        let files = files.iter().map(|(path, text)| (path.to_owned(), change(path, text)));
        Pack::load(&PackFiles::new(files.collect())).unwrap()
    }

    #[test]
    fn facts_keep_their_values_when_columns_and_codes_move() {
        let old = pack(|_, text| text.to_owned());
        // A fact at the top moves all columns; a code at the front moves all codes of its list.
        let new = pack(|path, text| match path {
            "facts.toml" => {
                assert!(text.contains("[codes.lane]"), "the list of the test");
                let text = text.replacen(
                    "[codes.lane]\n",
                    "[codes.lane]\nwatched = { zh = \"关注\", en = \"watched\" }\n",
                    1,
                );
                assert!(text.contains("watched"));
                text
            }
            _ => text.to_owned(),
        });
        let mut rows = MattersBuilder::new(&old.facts);
        let set = |rows: &mut MattersBuilder, name: &str, text: &str| {
            let column = old.facts.column(name).unwrap();
            rows.set(column, &old.facts.read(column, text).unwrap());
        };
        for (id, lane) in [("A", Some("ordinary")), ("B", None), ("C", Some("dishonest"))] {
            set(&mut rows, "matter_id", id);
            lane.into_iter().for_each(|lane| set(&mut rows, "lane", lane));
            set(&mut rows, "consignee_consignor_findings_1y", "3");
            rows.end_row();
        }
        let matters = rows.finish();
        let translated = Translation::new(&old, &new).apply(&matters);
        let lane = new.facts.column("lane").unwrap();
        let shown = |row| translated.value(lane, row).map(|code| new.facts.write(lane, code));
        assert_eq!([0, 1, 2].map(shown), [Some("ordinary".into()), None, Some("dishonest".into())]);
        assert_ne!(translated.value(lane, 0), matters.value(old.facts.column("lane").unwrap(), 0));
        let findings = new.facts.column("consignee_consignor_findings_1y").unwrap();
        assert_eq!(translated.value(findings, 2), Some(3));
        assert_eq!(translated.text(new.core.matter_id, 1), Some("B"));
    }
}
