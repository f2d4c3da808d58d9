//! Checks a mapping against the pack and the header of one file.

use greenlane_policy::facts::{ColumnId, FactSource, FactTable};

use super::plan::{ColumnPlan, Constant, Part, SplitPlan};
use super::{ColumnRule, FullRule, Mapping, OneOrMany};
use crate::error::IntakeError;
use crate::row::Rules;
use crate::suggest::with_nearest;
use crate::values::{self, Cell};

/// A mapping and what it must fit.
pub(super) struct Check<'c> {
    pub(super) mapping: &'c Mapping,
    pub(super) file: &'c str,
    pub(super) header: &'c [String],
    pub(super) rules: Rules<'c>,
}

impl Check<'_> {
    fn error<T>(&self, reason: String) -> Result<T, IntakeError> {
        Err(IntakeError::Mapping { file: self.mapping.file.clone(), reason })
    }

    fn facts(&self) -> &FactTable {
        &self.rules.pack.facts
    }

    fn fact(&self, place: &str, name: &str) -> Result<ColumnId, IntakeError> {
        match self.facts().column(name) {
            Some(column) => Ok(column),
            None => {
                let names = self.facts().columns.iter().map(|column| column.name.as_str());
                self.error(format!("{place} names an unknown fact {}", with_nearest(name, names)))
            }
        }
    }

    /// The index of a column, which must be there.
    fn index(&self, place: &str, name: &str) -> Result<usize, IntakeError> {
        self.header.iter().position(|known| known == name).ok_or_else(|| IntakeError::MissingColumn {
            file: self.file.to_owned(),
            field: name.to_owned(),
            expected: format!("the column that {place} of {} names", self.mapping.file),
            found: self.header.join(", "),
        })
    }

    /// Columns of the file that the mapping does not know.
    pub(super) fn unknown_columns(&self) -> Result<(), IntakeError> {
        let used_in_template = |name: &str| {
            self.mapping
                .templates
                .values()
                .any(|text| text.contains(&format!("{{{name}}}")) || text.contains(&format!("{{{name}:")))
        };
        let is_item =
            |name: &str| self.mapping.split.as_ref().is_some_and(|split| split.item.as_deref() == Some(name));
        let known = |name: &String| {
            self.mapping.columns.contains_key(name)
                || self.mapping.ignore.contains(name)
                || used_in_template(name)
                || is_item(name)
        };
        let unknown: Vec<String> = self
            .header
            .iter()
            .filter(|name| !known(name) && !self.rules.ignore_unknown)
            .map(|name| with_nearest(name, self.mapping.columns.keys().map(String::as_str)))
            .collect();
        if unknown.is_empty() {
            return Ok(());
        }
        Err(IntakeError::UnknownColumns { file: self.file.to_owned(), columns: unknown })
    }

    pub(super) fn columns(&self) -> Result<Vec<ColumnPlan>, IntakeError> {
        let mut plans = Vec::new();
        for (name, rule) in &self.mapping.columns {
            let simple;
            let rule = match rule {
                ColumnRule::Fact(fact) => {
                    simple = FullRule { fact: OneOrMany::One(fact.clone()), ..FullRule::default() };
                    &simple
                }
                ColumnRule::Full(rule) => rule,
            };
            if rule.optional && !self.header.contains(name) {
                continue;
            }
            plans.push(self.column(name, rule)?);
        }
        Ok(plans)
    }

    fn column(&self, name: &str, rule: &FullRule) -> Result<ColumnPlan, IntakeError> {
        let place = format!("columns.\"{name}\"");
        let names = match &rule.fact {
            OneOrMany::One(name) => std::slice::from_ref(name),
            OneOrMany::Many(names) => names.as_slice(),
        };
        let mut targets = Vec::new();
        for name in names {
            let column = self.fact(&place, name)?;
            for value in rule.values.values() {
                if let Err(reason) = values::read(self.facts(), column, value) {
                    return self.error(format!("{place}: {reason}"));
                }
            }
            if !self.rules.overrides(column) {
                targets.push(column);
            }
        }
        let index = self.index(&place, name)?;
        Ok(ColumnPlan::new(index, name.to_owned(), targets, rule))
    }

    pub(super) fn constants(&self) -> Result<Vec<(ColumnId, Constant)>, IntakeError> {
        let mut constants = Vec::new();
        let unit = self.mapping.each_row_is.as_ref().map(|unit| ("unit", unit));
        let stated = self.mapping.constants.iter().map(|(name, value)| (name.as_str(), value));
        for (name, value) in stated.chain(unit) {
            let column = self.fact("constants", name)?;
            match values::read(self.facts(), column, value) {
                Ok(Cell::Coded(coded)) => constants.push((column, Constant::Coded(coded))),
                Ok(Cell::Text(text)) => constants.push((column, Constant::Text(text.to_owned()))),
                Err(reason) => return self.error(format!("constants: {reason}")),
            }
        }
        Ok(constants)
    }

    pub(super) fn templates(&self) -> Result<Vec<(ColumnId, Vec<Part>)>, IntakeError> {
        let mut templates = Vec::new();
        for (fact, text) in &self.mapping.templates {
            let column = self.fact("templates", fact)?;
            templates.push((column, self.parts(fact, text)?));
        }
        Ok(templates)
    }

    fn parts(&self, fact: &str, text: &str) -> Result<Vec<Part>, IntakeError> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((field, after)) = after.split_once('}') else {
                return self.error(format!("templates.{fact}: `{{` without `}}` in `{text}`"));
            };
            let (name, pad) = field.split_once(':').unwrap_or((field, "0"));
            let Some(pad) = pad.parse().ok().filter(|&pad: &usize| pad <= 32) else {
                return self.error(format!(
                    "templates.{fact}: `{pad}` in `{{{field}}}`, expected a width from 0 to 32"
                ));
            };
            let index = self.index(&format!("templates.{fact}"), name)?;
            parts.push(Part::Text(before.to_owned()));
            parts.push(Part::Field { index, name: name.to_owned(), pad });
            rest = after;
        }
        parts.push(Part::Text(rest.to_owned()));
        Ok(parts)
    }

    pub(super) fn split(&self) -> Result<Option<SplitPlan>, IntakeError> {
        let Some(split) = &self.mapping.split else { return Ok(None) };
        let unit = |code: &str| match values::read(self.facts(), self.rules.pack.core.unit, code) {
            Ok(Cell::Coded(coded)) => Ok(coded),
            _ => self.error(format!("split: the pack has no unit `{code}`")),
        };
        let item = split.item.as_ref().map(|name| self.index("split.item", name)).transpose()?;
        let is_goods = |&(index, _): &(usize, _)| {
            let fact = self.facts().columns[index].fact;
            self.facts().facts[fact].source == FactSource::Item
        };
        let columns = self.facts().columns.iter().enumerate().filter(is_goods);
        let goods = columns.filter_map(|(index, _)| u16::try_from(index).ok().map(ColumnId)).collect();
        Ok(Some(SplitPlan::new(item, unit("item")?, unit("declaration")?, goods)))
    }
}
