//! A measure's file with one condition written anew. A later day splits its version: what was in force before stays as it is.

use greenlane_terms::calendar::{Day, Period};
use toml_edit::{ArrayOfTables, Datetime, DocumentMut, Item, Table, TableLike, Value};

use super::{AmendError, read};

/// A condition as it is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wording<'w> {
    /// The rule.
    pub is: &'w str,
    /// What people read in Chinese.
    pub zh: &'w str,
    /// What people read in English.
    pub en: &'w str,
}

/// What moves into a version when a measure gets its second one.
const OF_VERSION: [&str; 4] = ["in_force", "note", "when", "effect"];

/// The file in which a condition of the version with a period reads otherwise from a day on.
///
/// # Errors
/// The day lies outside the period, the text is no TOML, or it does not write its versions as the format's documentation does.
pub fn condition(
    text: &str,
    version: Period,
    name: &str,
    wording: &Wording<'_>,
    from: Day,
) -> Result<String, AmendError> {
    if !version.contains(from) {
        return Err(AmendError::Day { from, version });
    }
    let mut document = read(text)?;
    if from > version.from {
        split(&mut document, version.from, from)?;
    }
    let table = version_from(&mut document, from)?;
    let condition =
        table.get_mut("when").and_then(|when| when.get_mut(name)).and_then(Item::as_table_like_mut);
    let condition = condition.ok_or_else(|| otherwise(&format!("the condition `{name}`")))?;
    for (key, text) in [("is", wording.is), ("zh", wording.zh), ("en", wording.en)] {
        write(condition, key, text)?;
    }
    Ok(document.to_string())
}

fn otherwise(what: &str) -> AmendError {
    AmendError::Form(what.to_owned())
}

/// Writes a text where another one stands, with the space around it.
fn write(condition: &mut dyn TableLike, key: &str, text: &str) -> Result<(), AmendError> {
    let value = condition.get_mut(key).and_then(Item::as_value_mut);
    let value = value.ok_or_else(|| otherwise(&format!("`{key}`")))?;
    if value.as_str() != Some(text) {
        let mut new = Value::from(text);
        *new.decor_mut() = value.decor().clone();
        *value = new;
    }
    Ok(())
}

/// The table with the version that begins on a day: the whole file, if it has one version.
fn version_from(document: &mut DocumentMut, from: Day) -> Result<&mut Table, AmendError> {
    if !document.contains_key("version") {
        return Ok(document.as_table_mut());
    }
    let versions = versions(document)?;
    let at = place(versions, from)?;
    versions.get_mut(at).ok_or_else(|| otherwise("the version"))
}

fn versions(document: &mut DocumentMut) -> Result<&mut ArrayOfTables, AmendError> {
    let versions = document.get_mut("version").and_then(Item::as_array_of_tables_mut);
    versions.ok_or_else(|| otherwise("`version`"))
}

fn place(versions: &ArrayOfTables, from: Day) -> Result<usize, AmendError> {
    let begins = |version: &Table| version.get("in_force").and_then(|period| day(period.get("from")?));
    let at = versions.iter().position(|version| begins(version) == Some(from));
    at.ok_or_else(|| otherwise(&format!("the version from {from}")))
}

fn day(item: &Item) -> Option<Day> {
    Day::parse(&item.as_datetime()?.to_string())
}

fn set_day(version: &mut Table, key: &str, day: Day) -> Result<(), AmendError> {
    let period = version.get_mut("in_force").and_then(Item::as_inline_table_mut);
    let period = period.ok_or_else(|| otherwise("`in_force`"))?;
    let date: Datetime = day.to_string().parse().map_err(|_| otherwise("`in_force`"))?;
    match period.get_mut(key) {
        Some(value) => {
            let decor = value.decor().clone();
            *value = date.into();
            *value.decor_mut() = decor;
        }
        None => {
            period.insert(key, date.into());
            period.fmt();
        }
    }
    Ok(())
}

/// Ends the version that begins on `first` the day before `from`, and begins another one there that is like it.
fn split(document: &mut DocumentMut, first: Day, from: Day) -> Result<(), AmendError> {
    if !document.contains_key("version") {
        into_version(document)?;
    }
    let versions = versions(document)?;
    let at = place(versions, first)?;
    let mut earlier = versions.get(at).cloned().ok_or_else(|| otherwise("the version"))?;
    let position = earlier.position();
    // All on one place, so that each version's tables follow it.
    stand(&mut earlier, position);
    let mut later = earlier.clone();
    set_day(&mut earlier, "to", from.plus_days(-1))?;
    set_day(&mut later, "from", from)?;
    versions.replace(at, earlier);
    versions.insert(at + 1, later);
    Ok(())
}

/// Moves what a measure's only version says into a table of its own.
fn into_version(document: &mut DocumentMut) -> Result<(), AmendError> {
    let when = document.get("when").and_then(Item::as_table).ok_or_else(|| otherwise("`when`"))?;
    let mut version = Table::new();
    version.decor_mut().set_prefix("\n");
    version.set_position(when.position());
    for key in OF_VERSION {
        if let Some((key, item)) = document.remove_entry(key) {
            version.insert_formatted(&key, item);
        }
    }
    let mut versions = ArrayOfTables::new();
    versions.push(version);
    document.insert("version", Item::ArrayOfTables(versions));
    Ok(())
}

fn stand(table: &mut Table, position: Option<isize>) {
    table.set_position(position);
    for (_, item) in table.iter_mut() {
        if let Some(table) = item.as_table_mut() {
            stand(table, position);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = r#"# A remark.
id = "9"
in_force = { from = 2024-04-06 } # since the notice
title = { zh = "甲", en = "A" }

[when]
advanced = { is = "recognised_level = 'advanced'", zh = "甲", en = "a" }
clean = { is = "findings = 0", zh = "乙", en = "b" }

[effect.inspection_rate]
factor = "$factor"

[given]
matter = "import_declaration"

[[case]]
name = "one"
"#;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn changed(text: &str, version: [Option<&str>; 2], from: &str) -> Result<String, String> {
        let version = Period { from: day(version[0].unwrap()), to: version[1].map(day) };
        condition(text, version, "clean", &Wording { is: "findings <= 1", zh: "丙", en: "b" }, day(from))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_correction_changes_the_words_and_nothing_else() {
        let expected = ONE.replace(r#"is = "findings = 0", zh = "乙""#, r#"is = "findings <= 1", zh = "丙""#);
        assert_eq!(changed(ONE, [Some("2024-04-06"), None], "2024-04-06").unwrap(), expected);
    }

    #[test]
    fn a_later_day_begins_a_version_of_its_own_and_leaves_the_one_before() {
        let expected = r#"# A remark.
id = "9"
title = { zh = "甲", en = "A" }

[[version]]
in_force = { from = 2024-04-06, to = 2026-02-28 } # since the notice

[version.when]
advanced = { is = "recognised_level = 'advanced'", zh = "甲", en = "a" }
clean = { is = "findings = 0", zh = "乙", en = "b" }

[version.effect.inspection_rate]
factor = "$factor"

[[version]]
in_force = { from = 2026-03-01 } # since the notice

[version.when]
advanced = { is = "recognised_level = 'advanced'", zh = "甲", en = "a" }
clean = { is = "findings <= 1", zh = "丙", en = "b" }

[version.effect.inspection_rate]
factor = "$factor"

[given]
matter = "import_declaration"

[[case]]
name = "one"
"#;
        let two = changed(ONE, [Some("2024-04-06"), None], "2026-03-01").unwrap();
        assert_eq!(two, expected);
        // The earlier one is split once more; the later one stays where it is.
        let three = changed(&two, [Some("2024-04-06"), Some("2026-02-28")], "2024-02-29");
        assert_eq!(
            three.unwrap_err(),
            "`from` is 2024-02-29, expected a day of the version in force from 2024-04-06 to 2026-02-28"
        );
        let three = changed(&two, [Some("2024-04-06"), Some("2026-02-28")], "2026-02-28").unwrap();
        let periods: Vec<&str> = three.lines().filter(|line| line.starts_with("in_force")).collect();
        assert_eq!(
            periods,
            [
                "in_force = { from = 2024-04-06, to = 2026-02-27 } # since the notice",
                "in_force = { from = 2026-02-28, to = 2026-02-28 } # since the notice",
                "in_force = { from = 2026-03-01 } # since the notice",
            ]
        );
        assert_eq!(three.matches("findings <= 1").count(), 2);
        assert_eq!(three.matches("[version.when]").count(), 3);
    }

    #[test]
    fn what_a_form_cannot_change_is_left_to_the_text() {
        let other = ONE.replace("[when]", "[[when]]");
        assert!(changed(&other, [Some("2024-04-06"), None], "2026-03-01").unwrap_err().contains("as text"));
        let other = ONE.replace("clean =", "clear =");
        assert!(changed(&other, [Some("2024-04-06"), None], "2024-04-06").unwrap_err().contains("`clean`"));
        assert!(
            changed("id = ", [Some("2024-04-06"), None], "2024-04-06")
                .unwrap_err()
                .contains("cannot be read")
        );
    }
}
