//! Whole columns of one batch: filling what is unknown, and setting rows aside.

use greenlane_policy::facts::{ColumnId, FactTable, FactType};
use greenlane_policy::matters::{Bits, Column, Known, Matters, Texts};
use greenlane_policy::origin::{Origin, Origins};

use crate::values::Cell;

/// The columns of a batch while they are completed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Frame {
    pub(crate) rows: usize,
    pub(crate) columns: Vec<Column>,
    /// Where each fact comes from, if that is noted.
    pub(crate) origins: Option<Origins>,
    /// Where what is filled in now comes from.
    pub(crate) filling: Origin,
}

impl Frame {
    pub(crate) fn of((rows, mut columns): (usize, Vec<Column>), facts: &FactTable) -> Frame {
        columns.resize(facts.columns.len(), Column::Absent);
        Frame { rows, columns, ..Frame::default() }
    }

    /// Begins to note where facts come from: what is known so far comes from `origin`.
    pub(crate) fn note_origins(&mut self, origin: Origin) {
        let mut origins = Origins::new(self.rows, self.columns.len());
        for (column, known) in (0..).map(ColumnId).zip(&self.columns) {
            let Some(known) = known_of(known) else { continue };
            for row in (0..self.rows).filter(|row| known.get(*row)) {
                origins.set(row, column, origin);
            }
        }
        self.origins = Some(origins);
    }

    /// Notes where one fact comes from.
    pub(crate) fn note(&mut self, row: usize, column: ColumnId, origin: Origin) {
        if let Some(origins) = &mut self.origins {
            origins.set(row, column, origin);
        }
    }

    pub(crate) fn into_matters(self) -> Matters {
        Matters::new(self.rows, self.columns)
    }

    pub(crate) fn column(&self, column: ColumnId) -> &Column {
        self.columns.get(usize::from(column.0)).unwrap_or(&Column::Absent)
    }

    /// Whether every row knows the column.
    pub(crate) fn is_complete(&self, column: ColumnId) -> bool {
        matches!(known_of(self.column(column)), Some(Known::All)) || self.rows == 0
    }

    /// Gives every row that does not know the column the value that `value` finds for it.
    pub(crate) fn fill<'t>(
        &mut self,
        column: ColumnId,
        fact_type: FactType,
        mut value: impl FnMut(usize) -> Option<Cell<'t>>,
    ) {
        if self.is_complete(column) {
            return;
        }
        if fact_type == FactType::Id {
            self.fill_text(column, |row| match value(row) {
                Some(Cell::Text(text)) => Some(text),
                _ => None,
            });
            return;
        }
        let rows = self.rows;
        let Some(target) = self.columns.get_mut(usize::from(column.0)) else { return };
        for row in 0..rows {
            if known_of(target).is_some_and(|known| known.get(row)) {
                continue;
            }
            if let Some(Cell::Coded(coded)) = value(row) {
                if matches!(target, Column::Absent) {
                    *target = unknown_column(fact_type, rows);
                }
                set(target, row, coded);
                if let Some(origins) = &mut self.origins {
                    origins.set(row, column, self.filling);
                }
            }
        }
        settle(target, rows);
    }

    /// Where a row and the registry both know a fact: the registry counts in the rows of which `is_overruled` says so; elsewhere the
    /// row does, and it is noted that it says something else.
    pub(crate) fn settle_with_registry<'t>(
        &mut self,
        column: ColumnId,
        is_overruled: impl Fn(usize) -> bool,
        mut value: impl FnMut(usize) -> Option<Cell<'t>>,
    ) {
        let Some(known) = known_of(self.column(column)).cloned() else { return };
        for row in (0..self.rows).filter(|row| known.get(*row)) {
            let Some(registered) = value(row) else { continue };
            let stated = self.column(column);
            let is_same = match registered {
                Cell::Coded(coded) => stated.value(row) == Some(coded),
                Cell::Text(text) => stated.text(row) == Some(text),
            };
            if is_overruled(row) {
                self.replace(column, row, registered);
                self.note(row, column, Origin::Registry);
            } else if !is_same && let Some(origins) = &mut self.origins {
                let stated = origins.get(row, column);
                origins.set(row, column, stated.over_registry());
            }
        }
    }

    fn replace(&mut self, column: ColumnId, row: usize, cell: Cell<'_>) {
        let Some(target) = self.columns.get_mut(usize::from(column.0)) else { return };
        match (target, cell) {
            (Column::Text { values, .. }, Cell::Text(text)) => {
                let mut replaced = Texts::default();
                for at in 0..values.len() {
                    replaced.push(if at == row { text } else { values.get(at) });
                }
                *values = replaced;
            }
            (target, Cell::Coded(coded)) => set(target, row, coded),
            (_, Cell::Text(_)) => {}
        }
    }

    /// As [`Frame::fill`], for flags; whole words at a time where nobody states the flag.
    pub(crate) fn fill_flags(&mut self, column: ColumnId, value: impl Fn(usize) -> Option<bool>) {
        if !matches!(self.column(column), Column::Absent) {
            let coded = |row| value(row).map(|flag| Cell::Coded(i64::from(flag)));
            return self.fill(column, FactType::Flag, coded);
        }
        let rows = self.rows;
        let words = rows.div_ceil(64);
        let (mut truth, mut known) = (Vec::with_capacity(words), Vec::with_capacity(words));
        for start in (0..rows).step_by(64) {
            let (mut truth_word, mut known_word) = (0, 0);
            for row in start..rows.min(start + 64) {
                let found = value(row);
                known_word |= u64::from(found.is_some()) << (row - start);
                truth_word |= u64::from(found == Some(true)) << (row - start);
            }
            truth.push(truth_word);
            known.push(known_word);
        }
        let mut filled =
            Column::Flag { truth: Bits::from_words(truth), known: Known::Some(Bits::from_words(known)) };
        settle(&mut filled, rows);
        if let Some(origins) = &mut self.origins {
            let known = known_of(&filled);
            for row in (0..rows).filter(|row| known.is_some_and(|known| known.get(*row))) {
                origins.set(row, column, self.filling);
            }
        }
        if let Some(target) = self.columns.get_mut(usize::from(column.0)) {
            *target = filled;
        }
    }

    /// Gives every row that does not know a code column the same code.
    pub(crate) fn fill_code(&mut self, column: ColumnId, fact_type: FactType, code: u8) {
        if matches!(self.column(column), Column::Absent) {
            if let Some(target) = self.columns.get_mut(usize::from(column.0)) {
                *target = Column::Code { values: vec![code; self.rows], known: Known::All };
            }
            return;
        }
        self.fill(column, fact_type, |_| Some(Cell::Coded(i64::from(code))));
    }

    fn fill_text<'t>(&mut self, column: ColumnId, mut value: impl FnMut(usize) -> Option<&'t str>) {
        let rows = self.rows;
        let Some(target) = self.columns.get_mut(usize::from(column.0)) else { return };
        let mut values = Texts::default();
        let mut known = Bits::filled(rows, false);
        for row in 0..rows {
            let found = match target.text(row) {
                Some(text) => Some(text),
                None => value(row),
            };
            if found.is_some() {
                known.set(row, true);
            }
            if target.text(row).is_none()
                && found.is_some()
                && let Some(origins) = &mut self.origins
            {
                origins.set(row, column, self.filling);
            }
            values.push(found.unwrap_or(""));
        }
        *target = Column::Text { values, known: Known::Some(known) };
        settle(target, rows);
    }

    /// The rows whose bit is set, in order.
    pub(crate) fn keep(&self, kept: &Bits) -> Frame {
        let rows: Vec<usize> = (0..self.rows).filter(|&row| kept.get(row)).collect();
        let columns = self.columns.iter().map(|column| keep_column(column, &rows)).collect();
        Frame { rows: rows.len(), columns, ..Frame::default() }
    }
}

/// The mask of a column; `None` if it is absent.
pub(crate) fn known_of(column: &Column) -> Option<&Known> {
    match column {
        Column::Absent => None,
        Column::Flag { known, .. }
        | Column::Code { known, .. }
        | Column::Small { known, .. }
        | Column::Large { known, .. }
        | Column::Text { known, .. } => Some(known),
    }
}

fn known_mut(column: &mut Column) -> Option<&mut Known> {
    match column {
        Column::Absent => None,
        Column::Flag { known, .. }
        | Column::Code { known, .. }
        | Column::Small { known, .. }
        | Column::Large { known, .. }
        | Column::Text { known, .. } => Some(known),
    }
}

/// A column of `rows` rows that knows none of them.
fn unknown_column(fact_type: FactType, rows: usize) -> Column {
    let known = Known::Some(Bits::filled(rows, false));
    match fact_type {
        FactType::Flag => Column::Flag { truth: Bits::filled(rows, false), known },
        FactType::Code(_) => Column::Code { values: vec![0; rows], known },
        FactType::Count | FactType::Date | FactType::Ratio | FactType::Office => {
            Column::Small { values: vec![0; rows], known }
        }
        FactType::Money => Column::Large { values: vec![0; rows], known },
        FactType::Id => Column::Absent,
    }
}

/// Writes a value that fits the column's type.
fn set(column: &mut Column, row: usize, coded: i64) {
    match column {
        Column::Absent | Column::Text { .. } => return,
        Column::Flag { truth, .. } => truth.set(row, coded != 0),
        Column::Code { values, .. } => values[row] = u8::try_from(coded).unwrap_or(u8::MAX),
        Column::Small { values, .. } => values[row] = i32::try_from(coded).unwrap_or(i32::MAX),
        Column::Large { values, .. } => values[row] = coded,
    }
    if let Some(Known::Some(bits)) = known_mut(column) {
        bits.set(row, true);
    }
}

/// A mask without a gap becomes [`Known::All`]; a column that knows nothing becomes absent.
pub(crate) fn settle(column: &mut Column, rows: usize) {
    let Some(Known::Some(bits)) = known_of(column) else { return };
    if *bits == Bits::filled(rows, true) {
        if let Some(known) = known_mut(column) {
            *known = Known::All;
        }
    } else if bits.words().iter().all(|&word| word == 0) {
        *column = Column::Absent;
    }
}

fn keep_column(column: &Column, rows: &[usize]) -> Column {
    let bits = |get: &dyn Fn(usize) -> bool| {
        let mut bits = Bits::filled(rows.len(), false);
        rows.iter().enumerate().for_each(|(to, &from)| bits.set(to, get(from)));
        bits
    };
    let mask = |known: &Known| match known {
        Known::All => Known::All,
        Known::Some(all) => Known::Some(bits(&|row| all.get(row))),
    };
    let mut kept = match column {
        Column::Absent => Column::Absent,
        Column::Flag { truth, known } => {
            Column::Flag { truth: bits(&|row| truth.get(row)), known: mask(known) }
        }
        Column::Code { values, known } => {
            Column::Code { values: rows.iter().map(|&row| values[row]).collect(), known: mask(known) }
        }
        Column::Small { values, known } => {
            Column::Small { values: rows.iter().map(|&row| values[row]).collect(), known: mask(known) }
        }
        Column::Large { values, known } => {
            Column::Large { values: rows.iter().map(|&row| values[row]).collect(), known: mask(known) }
        }
        Column::Text { values, known } => {
            let mut texts = Texts::default();
            rows.iter().for_each(|&row| texts.push(values.get(row)));
            Column::Text { values: texts, known: mask(known) }
        }
    };
    settle(&mut kept, rows.len());
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn only_unknown_rows_are_filled_and_set_aside_rows_leave_no_gap() {
        let pack = sample::pack();
        let level = pack.facts.column("declarant_level").unwrap();
        let matters =
            sample::matters(&pack, &[&[("declarant_level", "advanced")], &[], &[("declarant_id", "B")]]);
        let mut frame = Frame::of((matters.rows(), matters.columns().to_vec()), &pack.facts);
        let fact_type = pack.facts.info(level).fact_type;
        frame.fill(level, fact_type, |row| (row > 0).then_some(Cell::Coded(1)));
        assert!(frame.is_complete(level));
        let id = pack.facts.column("declarant_id").unwrap();
        frame.fill(id, FactType::Id, |row| (row == 1).then_some(Cell::Text("A")));
        let mut kept = Bits::filled(3, true);
        kept.set(0, false);
        let matters = frame.keep(&kept).into_matters();
        assert_eq!(matters.rows(), 2);
        assert_eq!((matters.text(id, 0), matters.text(id, 1)), (Some("A"), Some("B")));
        assert_eq!((matters.value(level, 0), matters.value(level, 1)), (Some(1), Some(1)));
        assert!(matches!(matters.column(id), Column::Text { known: Known::All, .. }));
    }
}
