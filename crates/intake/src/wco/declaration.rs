//! One declaration of an XML document → the facts of the declaration and of its goods items.

use greenlane_policy::facts::ColumnId;
use greenlane_terms::Office;

use super::moment;
use super::profile::{MatterRule, WcoProfile};
use super::tree::{Element, Tree};
use crate::row::{Row, Rules};
use crate::values::Cell;

/// A declaration and what to read it by.
pub(super) struct Declaration<'d> {
    pub(super) tree: &'d Tree,
    pub(super) element: Element,
    pub(super) profile: &'d WcoProfile,
    pub(super) rules: Rules<'d>,
    pub(super) rule: &'d MatterRule,
}

impl Declaration<'_> {
    fn column(&self, name: &str) -> Option<ColumnId> {
        self.rules.pack.facts.column(name)
    }

    fn state(&self, name: &str, text: &str, row: &mut Row) {
        if let Some(column) = self.column(name) {
            row.read(&self.rules.pack.facts, column, text);
        }
    }

    fn first(&self, paths: &[String]) -> Option<&str> {
        self.tree.first_text(self.element, paths)
    }

    /// The facts of the declaration itself.
    pub(super) fn read(&self, row: &mut Row) {
        row.clear();
        self.state("matter", &self.rule.is, row);
        self.state("unit", "declaration", row);
        if let Some(id) = self.first(&self.rule.id) {
            self.state("matter_id", id, row);
        }
        self.decided_on(row);
        if let Some(office) = self.first(&self.profile.office).filter(|text| Office::parse(text).is_some()) {
            self.state("office", office, row);
        }
        let mode = self.first(&self.profile.transport_mode.paths);
        if let Some(mode) = mode.and_then(|code| self.profile.transport_mode.values.get(code)) {
            self.state("transport_mode", mode, row);
        }
        self.parties(row);
    }

    fn decided_on(&self, row: &mut Row) {
        let column = self.rules.pack.core.decided_on;
        if self.rules.overrides(column) {
            return;
        }
        if let Some(text) = self.first(&self.profile.decided_on) {
            match moment::day(text) {
                Some(day) => row.put(column, Cell::Coded(i64::from(day.0))),
                None => {
                    let found: String = text.chars().take(60).collect();
                    let reason = format!(
                        "`decided_on` is `{found}`, expected a date such as 20240229 or 20240229094643Z"
                    );
                    row.problem("decided_on", reason);
                }
            }
        }
    }

    fn parties(&self, row: &mut Row) {
        let Some(parties) = self.profile.parties.get(&self.rule.parties) else { return };
        let holders = self.holders();
        let certified = self.certified_roles();
        for (role, paths) in parties {
            let id = self.first(paths);
            if let Some(id) = id {
                self.state(&format!("{role}_id"), id, row);
            }
            // Of anybody but customs, a certificate is a claim: the registry says the level.
            let is_claim = self.rules.sender.is_some_and(|sender| sender.limits.is_some());
            let is_certified =
                certified.contains(&role.as_str()) || id.is_some_and(|id| holders.contains(&id));
            if is_certified && !is_claim {
                self.state(&format!("{role}_level"), &self.profile.authorisation.level, row);
            }
        }
    }

    /// Ids of parties that hold an AEO authorisation.
    fn holders(&self) -> Vec<&str> {
        let tree = self.tree;
        let child =
            |parent: Element, name: &str| tree.all(parent, name).first().map(|&found| tree.text(found));
        let authorisation = &self.profile.authorisation;
        let is_aeo = |holder: &Element| {
            let category = child(*holder, "CategoryCode").unwrap_or_default();
            authorisation.categories.iter().any(|known| known == category)
        };
        let holders =
            authorisation.holders.iter().flat_map(|path| tree.all(self.element, path)).filter(is_aeo);
        let operators = authorisation.operators.iter().flat_map(|path| tree.all(self.element, path));
        holders.chain(operators).filter_map(|party| child(party, "ID")).filter(|id| !id.is_empty()).collect()
    }

    /// Roles of which a document says that they are AEO.
    fn certified_roles(&self) -> Vec<&str> {
        let tree = self.tree;
        let Some(certificates) = self.profile.certificates.get(&self.rule.parties) else { return Vec::new() };
        let text = |parent: Element, name: &str| {
            tree.all(parent, name).first().map_or("", |&found| tree.text(found))
        };
        let documents =
            self.profile.authorisation.documents.iter().flat_map(|path| tree.all(self.element, path));
        documents
            .filter(|&document| !text(document, "ID").is_empty())
            .filter_map(|document| {
                let code = format!("{}{}", text(document, "CategoryCode"), text(document, "TypeCode"));
                certificates.get(&code).map(String::as_str)
            })
            .collect()
    }

    /// Its goods items, if the matter is decided for them.
    pub(super) fn items(&self) -> Vec<Element> {
        if self.rule.items { self.tree.all(self.element, &self.profile.goods.item) } else { Vec::new() }
    }

    /// The facts of one goods item, on top of those of its declaration.
    pub(super) fn read_item(&self, item: Element, counted: usize, row: &mut Row) {
        let goods = &self.profile.goods;
        let number = self.tree.first_text(item, std::slice::from_ref(&goods.number));
        let number = number.map_or_else(|| counted.to_string(), str::to_owned);
        let matter_id = self.rules.pack.core.matter_id;
        let id = row.text(matter_id).map(|declaration| format!("{declaration}-{number}"));
        row.forget(matter_id);
        if let Some(id) = id {
            row.read(&self.rules.pack.facts, matter_id, &id);
        }
        self.state("unit", "item", row);
        if let Some(code) = self.commodity_code(item) {
            self.state("hs_code", code, row);
        }
    }

    fn commodity_code(&self, item: Element) -> Option<&str> {
        let tree = self.tree;
        let text = |parent: Element, name: &str| {
            tree.all(parent, name).first().map_or("", |&found| tree.text(found))
        };
        let classifications = tree.all(item, &self.profile.goods.classification);
        let of_kind = |kind: &String| {
            let matching =
                classifications.iter().find(|&&found| text(found, "IdentificationTypeCode") == kind);
            matching.map(|&found| text(found, "ID")).filter(|code| !code.is_empty())
        };
        self.profile.goods.kinds.iter().find_map(of_kind)
    }
}
