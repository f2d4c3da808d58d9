//! What one version of the law changes in another: numbers and measures in words, then the files line by line.

use greenlane_desk::NotDone;
use greenlane_desk::laws::Law;
use greenlane_policy::load::PackFiles;
use greenlane_policy::pack::{Measure, Pack, Parameter};
use greenlane_terms::Language;
use greenlane_transport::Service;
use maud::{Markup, html};
use similar::{ChangeTag, TextDiff};

use crate::law::parameters::version_words;

/// Lines around a change.
const AROUND: usize = 2;

/// What `after` has otherwise than `before`.
pub(super) async fn differs(
    service: &Service,
    language: Language,
    before: &Law,
    after: &Law,
) -> Result<Markup, NotDone> {
    let [old, new] = [
        service.reading().pack_files(before.number).await?,
        service.reading().pack_files(after.number).await?,
    ];
    let packs = [&before.engine.pack, &after.engine.pack];
    let numbers = numbers(packs, language);
    let measures = measures(&old, &new, packs, language);
    Ok(html! {
        div."card-body" {
            @if !numbers.is_empty() { ul { @for line in &numbers { li { (line) } } } }
            @if !measures.is_empty() { ul { @for line in &measures { li { (line) } } } }
            @for (path, lines) in files(&old, &new) {
                details open { summary { code { (path) } } (lines) }
            }
        }
    })
}

/// Numbers with other values: label, and each version of either side that the other has not.
fn numbers([before, after]: [&Pack; 2], language: Language) -> Vec<Markup> {
    let words = |pack: &Pack, parameter: &Parameter| -> Vec<String> {
        parameter.versions.iter().map(|version| version_words(pack, parameter, version, language)).collect()
    };
    let changed = after.parameters.iter().filter_map(|new| {
        let old = before.parameters.iter().find(|old| old.name == new.name);
        let [old, now] = [old.map_or_else(Vec::new, |old| words(before, old)), words(after, new)];
        (old != now).then(|| {
            let gone: Vec<&String> = old.iter().filter(|one| !now.contains(one)).collect();
            let come: Vec<&String> = now.iter().filter(|one| !old.contains(one)).collect();
            html! {
                (new.label.get(language.name())) ": "
                @for one in gone { del { (one) } " " }
                @for one in come { ins { (one) } " " }
            }
        })
    });
    changed.collect()
}

/// Measures whose file is another one.
fn measures(
    old: &PackFiles,
    new: &PackFiles,
    [before, after]: [&Pack; 2],
    language: Language,
) -> Vec<Markup> {
    let text = |files: &PackFiles, path: &str| {
        files.iter().find(|(name, _)| *name == path).map(|(_, text)| text.to_owned())
    };
    let line = |measure: &Measure, zh: &'static str, en: &'static str| {
        html! { (language.say(zh, en)) " " (measure.title.get(language.name())) }
    };
    let changed = after.measures.iter().filter(|one| text(old, &one.file) != text(new, &one.file));
    let mut lines: Vec<Markup> = changed
        .map(|one| match before.measure(&one.id) {
            Some(_) => line(one, "修改措施：", "Changed measure:"),
            None => line(one, "新增措施：", "New measure:"),
        })
        .collect();
    let gone = before.measures.iter().filter(|one| after.measure(&one.id).is_none());
    lines.extend(gone.map(|one| line(one, "删除措施：", "Measure left out:")));
    lines
}

/// Every file that is another one, with the lines that are.
fn files(old: &PackFiles, new: &PackFiles) -> Vec<(String, Markup)> {
    let mut paths: Vec<&str> = old.iter().chain(new.iter()).map(|(path, _)| path).collect();
    paths.sort_unstable();
    paths.dedup();
    let text = |files: &PackFiles, path: &str| {
        files.iter().find(|(name, _)| *name == path).map(|(_, text)| text.to_owned()).unwrap_or_default()
    };
    let pairs = paths.into_iter().map(|path| (path, text(old, path), text(new, path)));
    pairs
        .filter(|(_, old, new)| old != new)
        .map(|(path, old, new)| (path.to_owned(), lines(&old, &new)))
        .collect()
}

fn lines(old: &str, new: &str) -> Markup {
    let diff = TextDiff::from_lines(old, new);
    html! {
        pre tabindex="0" {
            code {
                @for group in diff.grouped_ops(AROUND) {
                    @for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
                        @match change.tag() {
                            ChangeTag::Delete => del { "- " (change.value()) },
                            ChangeTag::Insert => ins { "+ " (change.value()) },
                            ChangeTag::Equal => { "  " (change.value()) },
                        }
                    }
                }
            }
        }
    }
}
