//! The imaged tables as a database's own catalogue has them: how their rows are read, and how a change is noticed.

use serde_json::Value;

use super::coverage::image_of;
use super::image::{RowImage, digest};
use crate::catalog::{ColumnKind, Table, quoted};
use crate::error::StoreError;

/// A table whose rows have their image in the log.
#[derive(Clone, Debug)]
pub struct Imaged {
    pub table: Table,
    /// Names of the imaged columns in their order, and what each holds; the key is not among them.
    pub columns: Vec<(String, ColumnKind)>,
    /// Those of them that stand in the log as digests.
    digests: Vec<bool>,
    pub is_hidden: bool,
}

/// Which database it is: their statements differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    Sqlite,
    Postgres,
}

/// A value as a database gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    Null,
    Integer(i64),
    Text(String),
    Bytes(Vec<u8>),
}

impl Imaged {
    /// Those of these tables that have images.
    pub fn among(tables: Vec<Table>) -> Vec<Imaged> {
        let mut imaged: Vec<Imaged> = tables.into_iter().filter_map(Imaged::of).collect();
        imaged.sort_by(|one, other| one.table.name.cmp(&other.table.name));
        imaged
    }

    fn of(table: Table) -> Option<Imaged> {
        let image = image_of(&table.name)?;
        let is_out = |name: &String| image.out.iter().any(|(out, _)| out == name);
        let columns = table.columns.iter().filter(|(name, _)| !table.key.contains(name) && !is_out(name));
        let columns: Vec<(String, ColumnKind)> = columns.map(|(name, kind)| (name.clone(), *kind)).collect();
        let is_digest = |(name, kind): &(String, ColumnKind)| {
            *kind == ColumnKind::Bytes || image.digests.contains(&name.as_str())
        };
        let digests = columns.iter().map(is_digest).collect();
        Some(Imaged { columns, digests, is_hidden: image.is_hidden, table })
    }

    pub fn name(&self) -> &str {
        &self.table.name
    }

    pub fn column_names(&self) -> Vec<String> {
        self.columns.iter().map(|(name, _)| name.clone()).collect()
    }

    /// Kinds of what a row is read as: the key, then the imaged columns.
    pub fn kinds(&self) -> Vec<ColumnKind> {
        let key = self.table.key.iter().map(|name| self.kind(name));
        key.chain(self.columns.iter().map(|(_, kind)| *kind)).collect()
    }

    fn kind(&self, column: &str) -> ColumnKind {
        self.table.columns.get(column).copied().unwrap_or(ColumnKind::Text)
    }

    /// The image of a row that was read.
    pub fn image(&self, mut cells: Vec<Cell>) -> RowImage {
        let values = cells.split_off(self.table.key.len());
        let key: Vec<Value> = cells.into_iter().map(|cell| cell.value()).collect();
        let one = |((cell, is_digest), (name, _)): ((Cell, &bool), &(String, ColumnKind))| match cell {
            Cell::Null => Value::Null,
            cell if *is_digest => digest(self.name(), &key, name, &cell.bytes()),
            cell => cell.value(),
        };
        let values = values.into_iter().zip(&self.digests).zip(&self.columns).map(one).collect();
        RowImage { key, values }
    }

    /// Key and imaged columns of all rows.
    pub fn select(&self, dialect: Dialect) -> String {
        format!("SELECT {} FROM {} AS t", self.selected(dialect), quoted(self.name()))
    }

    /// The same of rows whose keys stand in a JSON list, `$1`. PostgreSQL looks for one key after the other (OFFSET keeps it
    /// from doing else): a plan that reads the table is kept while the table grows.
    pub fn select_asked(&self, dialect: Dialect) -> String {
        let matches = self.table.key.iter().enumerate().map(|(at, name)| {
            let asked = format!("asked.value ->> {at}");
            let asked = match (dialect, self.kind(name)) {
                (Dialect::Sqlite, ColumnKind::Bytes) => format!("unhex({asked})"),
                (Dialect::Sqlite, _) => asked,
                (Dialect::Postgres, ColumnKind::Bytes) => format!("decode({asked}, 'hex')"),
                (Dialect::Postgres, ColumnKind::Integer) => format!("({asked})::bigint"),
                (Dialect::Postgres, ColumnKind::Text) => format!("({asked})"),
            };
            format!("t.{} = {asked}", quoted(name))
        });
        let matches = matches.collect::<Vec<_>>().join(" AND ");
        let (columns, name) = (self.selected(dialect), quoted(self.name()));
        match dialect {
            Dialect::Sqlite => {
                format!("SELECT {columns} FROM json_each($1) AS asked JOIN {name} AS t ON {matches}")
            }
            Dialect::Postgres => format!(
                "SELECT {columns} FROM json_array_elements($1::json) AS asked (value) \
                 CROSS JOIN LATERAL (SELECT * FROM {name} AS t WHERE {matches} OFFSET 0) AS t"
            ),
        }
    }

    fn selected(&self, dialect: Dialect) -> String {
        let names = self.table.key.iter().chain(self.columns.iter().map(|(name, _)| name));
        let one = |name: &String| match (dialect, self.kind(name)) {
            (Dialect::Postgres, ColumnKind::Integer) if self.table.flags.contains(name) => {
                format!("t.{}::integer::bigint", quoted(name))
            }
            (Dialect::Postgres, ColumnKind::Integer) => format!("t.{}::bigint", quoted(name)),
            (Dialect::Postgres, ColumnKind::Text) => format!("t.{}::text", quoted(name)),
            _ => format!("t.{}", quoted(name)),
        };
        names.map(one).collect::<Vec<_>>().join(", ")
    }

    /// A key as a trigger wrote it → its values.
    pub fn key_of(&self, text: &str) -> Result<Vec<Value>, StoreError> {
        let damaged =
            || StoreError::damaged(format!("the key {text} of the table {} cannot be read", self.name()));
        let mut key: Vec<Value> = serde_json::from_str(text).map_err(|_| damaged())?;
        for (value, name) in key.iter_mut().zip(&self.table.key) {
            if self.kind(name) == ColumnKind::Bytes {
                let digits = value.as_str().ok_or_else(damaged)?;
                *value = Value::String(digits.trim_start_matches("\\x").to_ascii_lowercase());
            }
        }
        Ok(key)
    }

    /// Statements by which a connection to SQLite notices what it changes itself; nobody else's changes are seen.
    pub fn sqlite_triggers(&self) -> String {
        let name = self.name();
        let key = |of: &str| {
            let one = |column: &String| match self.kind(column) {
                ColumnKind::Bytes => format!("hex({of}.{})", quoted(column)),
                _ => format!("{of}.{}", quoted(column)),
            };
            format!("json_array({})", self.table.key.iter().map(one).collect::<Vec<_>>().join(", "))
        };
        let columns = self.table.key.iter().chain(self.columns.iter().map(|(name, _)| name));
        let differ: Vec<String> =
            columns.map(|name| format!("NEW.{0} IS NOT OLD.{0}", quoted(name))).collect();
        let note = |of: &str| format!("INSERT INTO changed_row VALUES ('{name}', {})", key(of));
        let mut triggers = String::new();
        for (event, when, what) in [
            ("INSERT", String::new(), note("NEW")),
            ("UPDATE", format!(" WHEN {}", differ.join(" OR ")), format!("{}; {}", note("OLD"), note("NEW"))),
            ("DELETE", String::new(), note("OLD")),
        ] {
            let trigger = quoted(&format!("changed_{name}_{}", event.to_lowercase()));
            triggers.push_str(&format!(
                "DROP TRIGGER IF EXISTS temp.{trigger};\nCREATE TEMP TRIGGER {trigger} AFTER {event} ON main.{}{when} \
                 BEGIN {what}; END;\n",
                quoted(name)
            ));
        }
        triggers
    }

    /// What the trigger on PostgreSQL runs after each statement that changed rows: their keys are noted. An update notes those
    /// whose key or imaged columns are others than before.
    pub fn postgres_function(&self) -> String {
        let note = "INSERT INTO changed_row SELECT pg_current_xact_id()::text::bigint, TG_TABLE_NAME";
        let list = |names: &mut dyn Iterator<Item = &String>| {
            names.map(|name| quoted(name)).collect::<Vec<_>>().join(", ")
        };
        let key = list(&mut self.table.key.iter());
        let all = list(&mut self.table.key.iter().chain(self.columns.iter().map(|(name, _)| name)));
        let key = format!("jsonb_build_array({key})::text");
        format!(
            "BEGIN
    IF TG_OP = 'INSERT' THEN
        {note}, {key} FROM became;
    ELSIF TG_OP = 'DELETE' THEN
        {note}, {key} FROM was;
    ELSE
        {note}, {key} FROM ((SELECT {all} FROM was EXCEPT SELECT {all} FROM became)
            UNION ALL (SELECT {all} FROM became EXCEPT SELECT {all} FROM was)) AS changed;
    END IF;
    RETURN NULL;
END"
        )
    }
}

impl Cell {
    fn value(self) -> Value {
        match self {
            Cell::Null => Value::Null,
            Cell::Integer(number) => number.into(),
            Cell::Text(text) => text.into(),
            Cell::Bytes(bytes) => hex::encode(bytes).into(),
        }
    }

    fn bytes(self) -> Vec<u8> {
        match self {
            Cell::Null => Vec::new(),
            Cell::Integer(number) => number.to_string().into_bytes(),
            Cell::Text(text) => text.into_bytes(),
            Cell::Bytes(bytes) => bytes,
        }
    }
}
