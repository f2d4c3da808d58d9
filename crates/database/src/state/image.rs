//! The image of a row: its values in one form for both databases, and their hash.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// First 16 bytes of a SHA-256.
pub type Short = [u8; 16];

/// A row as the log says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowImage {
    /// Values of the primary key.
    pub key: Vec<Value>,
    /// Values of the imaged columns, in the order of their names.
    pub values: Vec<Value>,
}

impl RowImage {
    /// The hash of the row: over table, key and values, each as compact JSON, after a name of its own.
    pub fn hash(&self, table: &str) -> Short {
        hash_of(table, &self.key, &self.values)
    }
}

/// The hash of a row with these values.
pub fn hash_of(table: &str, key: &[Value], values: &[Value]) -> Short {
    short(&["greenlane/row/v1", table, &json!(key).to_string(), &json!(values).to_string()])
}

/// What names a row in memory.
pub fn name_of(table: &str, key: &[Value]) -> Short {
    short(&["greenlane/key/v1", table, &json!(key).to_string()])
}

/// The digest that stands for a secret value.
pub fn digest(table: &str, key: &[Value], column: &str, value: &[u8]) -> Value {
    let mut hash = Sha256::new();
    for part in ["greenlane/value/v1", table, &json!(key).to_string(), column] {
        hash.update(part);
        hash.update([0]);
    }
    hash.update(value);
    Value::String(format!("sha256:{}", hex::encode(hash.finalize())))
}

fn short(parts: &[&str]) -> Short {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
        hash.update([0]);
    }
    let mut short = [0; 16];
    short.iter_mut().zip(hash.finalize()).for_each(|(to, from)| *to = from);
    short
}

/// Rows of one table of an entry, as they were left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    pub table: String,
    /// Names of the imaged columns.
    pub columns: Vec<String>,
    /// Key, hash, and the values unless the row is hidden or one of many.
    pub rows: Vec<(Vec<Value>, Short, Option<Vec<Value>>)>,
    /// Keys of rows that are there no more.
    pub gone: Vec<Vec<Value>>,
}

impl Left {
    /// As the body of an entry has it. With `in_full` the values of the rows stand there, else their hashes.
    pub fn body(
        table: &str,
        columns: &[String],
        rows: &[RowImage],
        gone: &[Vec<Value>],
        in_full: bool,
    ) -> Value {
        let mut body = json!({ "table": table });
        if !rows.is_empty() {
            body["columns"] = json!(columns);
            let (name, said): (_, Vec<Value>) = match in_full {
                true => ("rows", rows.iter().map(|row| json!([row.key, row.values])).collect()),
                false => (
                    "hashes",
                    rows.iter().map(|row| json!([row.key, hex::encode(row.hash(table))])).collect(),
                ),
            };
            body[name] = said.into();
        }
        if !gone.is_empty() {
            body["gone"] = json!(gone);
        }
        body
    }

    /// Reads [`Left::body`]; `None` for anything else.
    pub fn read(body: &Value) -> Option<Left> {
        let table = body["table"].as_str()?.to_owned();
        let names = |value: &Value| -> Option<Vec<String>> {
            value.as_array()?.iter().map(|name| Some(name.as_str()?.to_owned())).collect()
        };
        let columns = match &body["columns"] {
            Value::Null => Vec::new(),
            columns => names(columns)?,
        };
        let list = |name: &str| match &body[name] {
            Value::Null => Some(&[][..]),
            list => list.as_array().map(Vec::as_slice),
        };
        let mut rows = Vec::new();
        for row in list("rows")? {
            let (key, values) = (row[0].as_array()?.clone(), row[1].as_array()?.clone());
            if values.len() != columns.len() {
                return None;
            }
            rows.push((key.clone(), hash_of(&table, &key, &values), Some(values)));
        }
        for row in list("hashes")? {
            let mut hash = [0; 16];
            hex::decode_to_slice(row[1].as_str()?, &mut hash).ok()?;
            rows.push((row[0].as_array()?.clone(), hash, None));
        }
        let gone = list("gone")?.iter().map(|key| key.as_array().cloned());
        Some(Left { table, columns, rows, gone: gone.collect::<Option<_>>()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_entry_says_of_rows_is_read_back_in_full_and_as_hashes() {
        let columns = ["name".to_owned(), "office".to_owned()];
        let row = RowImage { key: vec![json!(7)], values: vec![json!("关\u{1}\"x"), Value::Null] };
        let gone = vec![vec![json!("a"), json!(1)]];
        for in_full in [true, false] {
            let body = Left::body("t", &columns, std::slice::from_ref(&row), &gone, in_full).to_string();
            let left = Left::read(&serde_json::from_str(&body).unwrap()).unwrap();
            assert_eq!((left.table.as_str(), left.columns.as_slice()), ("t", &columns[..]));
            let values = in_full.then(|| row.values.clone());
            assert_eq!(left.rows, [(row.key.clone(), row.hash("t"), values)]);
            assert_eq!(left.gone, gone);
        }
        assert_eq!(Left::read(&json!({ "table": "t", "hashes": [[[1], "xy"]] })), None);
        for list in ["rows", "hashes", "gone"] {
            assert_eq!(Left::read(&json!({ "table": "t", list: "all" })), None, "{list} is no list");
        }
    }

    #[test]
    fn a_hash_and_a_digest_belong_to_one_row_of_one_table() {
        let one = hash_of("t", &[json!(1)], &[json!("a"), json!("b")]);
        assert_ne!(one, hash_of("t", &[json!(2)], &[json!("a"), json!("b")]));
        assert_ne!(one, hash_of("u", &[json!(1)], &[json!("a"), json!("b")]));
        assert_ne!(one, hash_of("t", &[json!(1)], &[json!("a\",\"b")]));
        assert_ne!(digest("t", &[json!(1)], "c", b"x"), digest("t", &[json!(2)], "c", b"x"));
    }
}
