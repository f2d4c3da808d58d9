//! What holds for numbers and parameters of every route.

use serde_json::{Map, Value, json};

/// Formats of numbers that count, as they are derived and as they are, with the greatest of each.
const COUNTS: [(&str, &str, u64); 2] = [("int64", "uint64", u64::MAX), ("int32", "uint32", u32::MAX as u64)];

/// Bodies that are one thing or a list, and the least number in the list.
const LISTS: [(&str, u32); 3] = [("Matters", 0), ("NewEnterprises", 1), ("NewEvents", 1)];

const NEXT: &str = "`after` (of the trail: `before`) of the next page; null at the end of the list.";

const INSTANT: &str = "Microseconds since 1970-01-01 UTC.";

/// A parameter that is left out is not there: there is no null in a URL or a header.
pub(super) fn of_parameters(operation: &mut Map<String, Value>) {
    let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
    for parameter in parameters.into_iter().flatten() {
        let Some(schema) = parameter.get_mut("schema") else { continue };
        let types = schema.get_mut("type").and_then(Value::as_array_mut);
        if let Some([one]) = types.map(|types| without(types, |name| name == "null")) {
            schema["type"] = one.clone();
        }
        let choices = schema.get_mut("oneOf").and_then(Value::as_array_mut);
        if let Some([one]) = choices.map(|choices| without(choices, |choice| choice["type"] == "null")) {
            *schema = one.clone();
        }
    }
}

fn without(values: &mut Vec<Value>, left_out: impl Fn(&Value) -> bool) -> &[Value] {
    values.retain(|value| !left_out(value));
    values
}

/// What the derived schemas do not say: how long lists of bodies are, and what the cursor of a page is.
pub(super) fn of_components(schemas: &mut Value) {
    for (name, schema) in schemas.as_object_mut().into_iter().flatten() {
        if let Some((_, least)) = LISTS.iter().find(|(list, _)| list == name) {
            schema["oneOf"][1]["minItems"] = (*least).into();
            schema["oneOf"][1]["maxItems"] = 10_000.into();
        }
        if name == "Offices" {
            schema["pattern"] = r"^([0-9]{4}|\*)$".into();
        }
        if name.starts_with("Page_") {
            let kind = if name.ends_with("_String") { "string" } else { "integer" };
            schema["properties"]["next"] = json!({ "type": [kind, "null"], "description": NEXT });
        }
    }
}

/// Bounds of numbers that count from 0 or 1, and what an instant counts.
pub(super) fn of_schemas(part: &mut Value) {
    match part {
        Value::Array(parts) => parts.iter_mut().for_each(of_schemas),
        Value::Object(schema) => {
            let count = COUNTS.iter().find(|(derived, ..)| schema.get("format") == Some(&json!(derived)));
            if let (Some((_, format, most)), true) = (count, schema.contains_key("minimum")) {
                schema.insert("format".into(), (*format).into());
                schema.entry("maximum").or_insert_with(|| (*most).into());
            }
            let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
            for (name, property) in properties.into_iter().flatten() {
                if let (true, Some(property)) = (name.ends_with("_us"), property.as_object_mut()) {
                    property.entry("description").or_insert_with(|| INSTANT.into());
                }
            }
            schema.values_mut().for_each(of_schemas);
        }
        _ => (),
    }
}
