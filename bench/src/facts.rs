//! The facts table: Arrow columns in memory as the vector engines have them, and the same values coded for row engines.

use std::{fs::File, ops::Range, path::Path};

use anyhow::{Context, Result, bail};
use arrow_array::{
    Array, RecordBatch,
    cast::AsArray,
    types::{Date32Type, Int32Type, Int64Type, UInt8Type},
};
use arrow_ipc::reader::FileReader;
use arrow_schema::DataType;

use crate::exchange::{Fact, RuleSet};

/// All facts as one Arrow batch.
pub struct Facts {
    /// One column for each fact of the rule set, by name.
    pub batch: RecordBatch,
}

/// Some rows of the facts, coded: `rows[r][f]` is fact `f` of row `r`, `None` where it is unknown.
pub struct CodedRows {
    /// The facts, in the order of each row.
    pub facts: Vec<Fact>,
    /// One vector for each row.
    pub rows: Vec<Vec<Option<i64>>>,
}

impl Facts {
    /// Reads an Arrow IPC file of one batch.
    pub fn read(path: &Path) -> Result<Self> {
        let file = File::open(path).with_context(|| format!("opening {}", path.display()))?;
        let mut batches = FileReader::try_new(file, None)?.collect::<Result<Vec<_>, _>>()?;
        match (batches.pop(), batches.is_empty()) {
            (Some(batch), true) => Ok(Self { batch }),
            _ => bail!("{} must hold exactly one batch", path.display()),
        }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.batch.num_rows()
    }

    /// Some rows as integers, in the order of the rule set's facts.
    pub fn coded(&self, rules: &RuleSet, range: Range<usize>) -> Result<CodedRows> {
        let mut rows = vec![Vec::with_capacity(rules.facts.len()); range.len()];
        for fact in &rules.facts {
            let column = self.batch.column_by_name(&fact.name);
            let column = column.with_context(|| format!("no column `{}`", fact.name))?;
            let slice = column.slice(range.start, range.len());
            for (row, value) in rows.iter_mut().zip(integers(slice.as_ref())?) {
                row.push(value);
            }
        }
        Ok(CodedRows { facts: rules.facts.clone(), rows })
    }
}

/// A column's values as integers, whatever its width.
fn integers(column: &dyn Array) -> Result<Vec<Option<i64>>> {
    Ok(match column.data_type() {
        DataType::Boolean => column.as_boolean().iter().map(|v| v.map(i64::from)).collect(),
        DataType::Int32 => column.as_primitive::<Int32Type>().iter().map(|v| v.map(i64::from)).collect(),
        DataType::Int64 => column.as_primitive::<Int64Type>().iter().collect(),
        DataType::UInt8 => column.as_primitive::<UInt8Type>().iter().map(|v| v.map(i64::from)).collect(),
        DataType::Date32 => column.as_primitive::<Date32Type>().iter().map(|v| v.map(i64::from)).collect(),
        other => bail!("facts have no column type {other}"),
    })
}
