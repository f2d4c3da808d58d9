//! `parameters.toml` with other values of a number from a day on. What was in force before stays in the pack as it is.

use greenlane_terms::calendar::Day;
use toml_edit::{Array, Datetime, InlineTable, Value};

use super::{AmendError, read};
use crate::pack::{Parameter, ParameterType};

/// The file with a version more, or with other values in the one that begins on that day. `values` are texts, each with the code
/// that it goes by; one without a code for a number that has one value. What is no value of that kind is written all the same: the
/// check of the pack says what is wrong with it, at its place.
///
/// # Errors
/// The text is no TOML, or the versions of the number are no list in one line.
pub fn number(
    text: &str,
    parameter: &Parameter,
    values: &[(Option<String>, String)],
    from: Day,
) -> Result<String, AmendError> {
    let mut document = read(text)?;
    let versions =
        document.get_mut(&parameter.name).and_then(|number| number.get_mut("versions")?.as_array_mut());
    let versions =
        versions.ok_or_else(|| AmendError::Form(format!("the list of versions of `{}`", parameter.name)))?;
    put(versions, from, value_of(parameter.parameter_type, values))?;
    Ok(document.to_string())
}

fn value_of(of: ParameterType, values: &[(Option<String>, String)]) -> Value {
    match values {
        [(None, one)] => one_value(of, one),
        many => {
            let mut table = InlineTable::new();
            for (code, value) in many {
                table.insert(code.as_deref().unwrap_or_default(), one_value(of, value));
            }
            Value::InlineTable(table)
        }
    }
}

/// As the pack writes it; what is no such value stays a text, of which the check says what is wrong.
fn one_value(of: ParameterType, text: &str) -> Value {
    match of {
        ParameterType::Ratio | ParameterType::Money => text.into(),
        ParameterType::Flag => text.parse::<bool>().map_or_else(|_| text.into(), Value::from),
        _ => text.parse::<i64>().map_or_else(|_| text.into(), Value::from),
    }
}

/// Puts a version in its place among the dated ones.
fn put(versions: &mut Array, from: Day, value: Value) -> Result<(), AmendError> {
    let day = |version: &Value| {
        let from = version.as_inline_table()?.get("from")?.as_datetime()?;
        Day::parse(&from.to_string())
    };
    let same = versions.iter_mut().find(|version| day(version) == Some(from));
    if let Some(version) = same.and_then(|version| version.as_inline_table_mut()) {
        version.insert("value", value);
        return Ok(());
    }
    let at = versions.iter().take_while(|version| day(version).is_some_and(|day| day < from)).count();
    let mut version = InlineTable::new();
    let date: Datetime = from.to_string().parse().map_err(|_| AmendError::Form("`from`".to_owned()))?;
    version.insert("from", date.into());
    version.insert("value", value);
    let mut version = Value::InlineTable(version);
    // Written as those beside it: each on its own line, or all on one.
    let own_line = versions.get(at.saturating_sub(1)).and_then(indent);
    version.decor_mut().set_prefix(own_line.as_deref().unwrap_or(if at == 0 { "" } else { " " }));
    if let Some(next) = versions.get_mut(at).filter(|_| at == 0 && own_line.is_none()) {
        next.decor_mut().set_prefix(" ");
    }
    versions.insert_formatted(at, version);
    Ok(())
}

/// What stands before a value that begins a line: the end of the line before it, without a remark there, and spaces.
fn indent(value: &Value) -> Option<String> {
    let before = value.decor().prefix()?.as_str()?;
    Some(before[before.rfind('\n')?..].to_owned())
}

#[cfg(test)]
mod tests {
    use toml_edit::DocumentMut;

    use super::*;

    fn changed(versions: &str, from: &str) -> String {
        let mut document: DocumentMut = format!("versions = {versions}").parse().unwrap();
        let versions = document["versions"].as_array_mut().unwrap();
        put(versions, Day::parse(from).unwrap(), "0.5".into()).unwrap();
        document.to_string()
    }

    #[test]
    fn a_version_comes_in_its_place_and_those_before_it_stay_as_they_are() {
        let one = r#"[{ from = 2024-04-06, value = "0.2" }]"#;
        assert_eq!(
            changed(one, "2026-12-01").trim(),
            r#"versions = [{ from = 2024-04-06, value = "0.2" }, { from = 2026-12-01, value = "0.5" }]"#
        );
        assert_eq!(
            changed(one, "2024-04-05").trim(),
            r#"versions = [{ from = 2024-04-05, value = "0.5" }, { from = 2024-04-06, value = "0.2" }]"#
        );
        assert_eq!(changed(one, "2024-04-06").trim(), r#"versions = [{ from = 2024-04-06, value = "0.5" }]"#);
        let lines = "[\n  { from = 2000-01-01, value = \"0.1\" }, # the first\n  { from = 2024-02-29, value = \"0.2\" },\n]";
        let expected = "versions = [\n  { from = 2000-01-01, value = \"0.1\" }, # the first\n  { from = 2024-02-29, value = \"0.2\" },\n  { from = 2024-03-01, value = \"0.5\" },\n]";
        assert_eq!(changed(lines, "2024-03-01").trim(), expected);
    }
}
