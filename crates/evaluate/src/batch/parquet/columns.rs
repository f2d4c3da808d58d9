//! Which columns a file of decisions has, and how they are stored.

use std::sync::Arc;

use ::parquet::basic::{ConvertedType, LogicalType, Repetition, Type as Physical};
use ::parquet::errors::Result;
use ::parquet::schema::types::{ColumnPath, Type, TypePtr};
use greenlane_engine::Engine;
use greenlane_policy::facts::FactType;
use greenlane_policy::pack::{Pack, Verdict};

/// Decimal places of a rate.
const RATE_PLACES: i32 = 12;

/// Verdicts by their place: bit 0 and bit 1 of the encoder's columns.
pub(super) const VERDICTS: [Verdict; 4] =
    [Verdict::Granted, Verdict::Refused, Verdict::Undetermined, Verdict::OutOfScope];

/// The columns of one rate: rate, what decided it, draw, selection.
pub(super) const STAGES: [[&str; 4]; 2] = [
    ["inspection_rate", "inspection_decided_by", "inspection_u", "inspection_selected"],
    ["sampling_rate", "sampling_decided_by", "sampling_u", "sampling_selected"],
];

/// Columns of a file, in its order.
#[derive(Debug)]
pub(super) struct Layout {
    /// Texts of the codes of `matter`.
    pub(super) matters: Vec<String>,
    pub(super) measures: Vec<String>,
    pub(super) conditions: Vec<String>,
}

/// Names of the columns that hold verdicts, then of those that hold conditions.
///
/// `m:<measure>` and `<measure>.<condition>`, with `@<first day>` after it when the measure has several versions.
#[must_use]
pub fn column_names(engine: &Engine) -> (Vec<String>, Vec<String>) {
    let law = |measure: usize| &engine.pack.measures[engine.program.measures()[measure].index];
    let measures =
        (0..engine.program.measures().len()).map(|number| format!("m:{}", law(number).id)).collect();
    let condition = |place: &greenlane_engine::ProgramCondition| {
        let measure = law(place.measure);
        let version = &measure.versions[place.version];
        let name = &version.conditions[place.condition].name;
        match measure.versions.len() {
            1 => format!("{}.{name}", measure.id),
            _ => format!("{}.{name}@{}", measure.id, version.in_force.from),
        }
    };
    (measures, engine.program.conditions().iter().map(condition).collect())
}

impl Layout {
    pub(super) fn new(engine: &Engine) -> Layout {
        let (measures, conditions) = column_names(engine);
        Layout { matters: matters(&engine.pack), measures, conditions }
    }

    /// Columns in which hardly a value occurs twice.
    pub(super) fn without_dictionary(&self) -> Vec<ColumnPath> {
        let names = ["matter_id", STAGES[0][2], STAGES[1][2]];
        names.into_iter().map(|name| ColumnPath::new(vec![name.to_owned()])).collect()
    }

    pub(super) fn schema(&self) -> Result<TypePtr> {
        let mut fields = vec![
            text("matter_id", Repetition::OPTIONAL)?,
            text("matter", Repetition::OPTIONAL)?,
            optional("decided_on", Physical::INT32, Some(LogicalType::Date))?,
        ];
        for name in &self.measures {
            fields.push(text(name, Repetition::REQUIRED)?);
        }
        for name in &self.conditions {
            fields.push(optional(name, Physical::BOOLEAN, None)?);
        }
        for [rate, decided_by, u, selected] in STAGES {
            let decimal = Type::primitive_type_builder(rate, Physical::INT64)
                .with_repetition(Repetition::OPTIONAL)
                .with_converted_type(ConvertedType::DECIMAL)
                .with_precision(RATE_PLACES + 1)
                .with_scale(RATE_PLACES);
            fields.push(Arc::new(decimal.build()?));
            fields.push(text(decided_by, Repetition::OPTIONAL)?);
            fields.push(optional(u, Physical::INT64, Some(LogicalType::integer(64, false)))?);
            fields.push(optional(selected, Physical::BOOLEAN, None)?);
        }
        Ok(Arc::new(Type::group_type_builder("decisions").with_fields(fields).build()?))
    }
}

fn matters(pack: &Pack) -> Vec<String> {
    match pack.facts.info(pack.core.matter).fact_type {
        FactType::Code(list) => {
            pack.facts.code_list(list).codes.iter().map(|(name, _)| name.clone()).collect()
        }
        _ => Vec::new(),
    }
}

fn text(name: &str, repetition: Repetition) -> Result<TypePtr> {
    let text = Type::primitive_type_builder(name, Physical::BYTE_ARRAY).with_repetition(repetition);
    Ok(Arc::new(text.with_logical_type(Some(LogicalType::String)).build()?))
}

fn optional(name: &str, physical: Physical, logical: Option<LogicalType>) -> Result<TypePtr> {
    let column = Type::primitive_type_builder(name, physical).with_repetition(Repetition::OPTIONAL);
    Ok(Arc::new(column.with_logical_type(logical).build()?))
}
