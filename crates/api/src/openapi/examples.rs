//! Examples of every operation: what is asked, and what is answered. A test sends them to a server.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value, json};

/// A call and its answer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Example {
    /// What it shows.
    name: String,
    /// Path, query and headers by name.
    #[serde(default)]
    parameters: BTreeMap<String, Value>,
    /// Content type of the body; JSON unless told otherwise.
    r#type: Option<String>,
    body: Option<Value>,
    status: u16,
    /// Content type of the answer; JSON unless told otherwise.
    answer_type: Option<String>,
    answer: Option<Value>,
}

const JSON: &str = "application/json";

/// By method and path.
static EXAMPLES: LazyLock<BTreeMap<String, Vec<Example>>> =
    LazyLock::new(|| serde_json::from_str(include_str!("examples.json")).unwrap_or_default());

/// Adds the examples of an operation.
pub(super) fn add(method: &str, path: &str, operation: &mut Map<String, Value>) {
    let name = format!("{} {path}", method.to_uppercase());
    for example in EXAMPLES.get(&name).into_iter().flatten() {
        let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
        for parameter in parameters.into_iter().flatten() {
            let name = parameter["name"].as_str().unwrap_or_default();
            if let Some(value) = example.parameters.get(name) {
                parameter["examples"][&example.name] = json!({ "value": value });
                parameter.as_object_mut().and_then(|parameter| parameter.remove("example"));
            }
        }
        let body = operation.get_mut("requestBody").and_then(|body| body.get_mut("content"));
        put(body, example.r#type.as_deref(), &example.name, example.body.as_ref());
        let answer = operation["responses"].get_mut(example.status.to_string());
        let answer = answer.and_then(|answer| answer.get_mut("content"));
        put(answer, example.answer_type.as_deref(), &example.name, example.answer.as_ref());
    }
}

/// Writes an example into the content of its type.
fn put(content: Option<&mut Value>, kind: Option<&str>, name: &str, value: Option<&Value>) {
    let content = content.and_then(|content| content.get_mut(kind.unwrap_or(JSON)));
    if let (Some(content), Some(value)) = (content, value) {
        content["examples"][name] = json!({ "value": value });
        content.as_object_mut().and_then(|content| content.remove("example"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_examples_can_be_read_and_names_operations_that_are_there() {
        let read: BTreeMap<String, Vec<Example>> =
            serde_json::from_str(include_str!("examples.json")).unwrap();
        let document = crate::document();
        for name in read.keys() {
            let (method, path) = name.split_once(' ').unwrap();
            assert!(document["paths"][path].get(method.to_lowercase()).is_some(), "{name}");
        }
    }
}
