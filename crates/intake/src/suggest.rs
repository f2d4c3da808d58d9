//! The nearest known name to a name that is not known.

/// The name among `names` nearest to `unknown` by edits, if it is near enough to be meant.
pub(crate) fn nearest<'n>(unknown: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    if unknown.len() > 80 {
        return None;
    }
    let unknown = unknown.to_lowercase();
    let limit = 1 + unknown.chars().count() / 4;
    names
        .into_iter()
        .map(|name| (distance(&unknown, name), name))
        .filter(|&(edits, _)| edits <= limit)
        .min_by_key(|&(edits, _)| edits)
        .map(|(_, name)| name)
}

/// `` `unknown` (did you mean `known`?)``
pub(crate) fn with_nearest<'n>(unknown: &str, names: impl IntoIterator<Item = &'n str>) -> String {
    let shown: String = unknown.chars().take(60).collect();
    match nearest(unknown, names) {
        Some(name) => format!("`{shown}` (did you mean `{name}`?)"),
        None => format!("`{shown}`"),
    }
}

/// Insertions, deletions and replacements that turn one text into the other.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &b) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_a_stranger_is_not() {
        let names = ["declarant_level", "decided_on", "lane"];
        assert_eq!(nearest("declarent_level", names), Some("declarant_level"));
        assert_eq!(nearest("Decided_On", names), Some("decided_on"));
        assert_eq!(nearest("colour", names), None);
        assert_eq!(with_nearest("lain", names), "`lain` (did you mean `lane`?)");
    }
}
