//! A file of the pack as text, such as that of a measure.

use axum::Form;
use axum::extract::{Query, State};
use axum::response::Response;
use greenlane_desk::NotDone;
use greenlane_policy::load::PackFiles;
use greenlane_terms::calendar::Day;
use greenlane_terms::numbers::PackNumber;
use greenlane_transport::Service;
use maud::{Markup, html};
use serde::Deserialize;

use super::{base_files, check as checked_part, ending, keep as kept, shown, with};
use crate::reader::Reader;

/// How a measure begins that is to come: all but its label, its article and its words.
const BEGINNING: &str = include_str!("../../../assets/measure.toml");

/// Rows of the text at most, so that the button stays near.
const MOST_ROWS: usize = 40;

/// Which file, of which pack; of the one in force if not said.
#[derive(Deserialize)]
pub(crate) struct FileQuery {
    file: String,
    base: Option<PackNumber>,
}

/// The file as it was written.
#[derive(Deserialize)]
pub(crate) struct Written {
    file: String,
    base: PackNumber,
    text: String,
    #[serde(default)]
    reason: String,
}

impl Written {
    async fn files(&self, service: &Service, reader: &Reader) -> Result<PackFiles, NotDone> {
        reader.caller.may_propose()?;
        let (_, files) = base_files(service, Some(self.base)).await?;
        found(&files, &self.file, reader.today())?;
        Ok(with(&files, &self.file, &self.text))
    }
}

/// The file, or for a measure that is to come how a measure begins.
fn found(files: &PackFiles, path: &str, today: Day) -> Result<String, NotDone> {
    match files.iter().find(|(name, _)| *name == path) {
        Some((_, text)) => Ok(text.to_owned()),
        None if is_of_a_measure(path) => Ok(BEGINNING.replace("FROM", &today.to_string())),
        None => {
            let expected =
                "expected one of them, or `measures/…toml` with a name of small letters, digits and `-`";
            Err(NotDone::field(format!("the pack has no file `{path}`: {expected}")))
        }
    }
}

fn is_of_a_measure(path: &str) -> bool {
    let name = path.strip_prefix("measures/").and_then(|name| name.strip_suffix(".toml"));
    let may_stand = |one: char| one.is_ascii_lowercase() || one.is_ascii_digit() || one == '-';
    name.is_some_and(|name| (1..=60).contains(&name.len()) && name.chars().all(may_stand))
}

/// `GET /law/file?file=measures/09-clean-year.toml`
pub(crate) async fn show(
    State(service): State<Service>,
    reader: Reader,
    Query(which): Query<FileQuery>,
) -> Response {
    let content = async {
        reader.caller.may_propose()?;
        let (base, files) = base_files(&service, which.base).await?;
        let text = found(&files, &which.file, reader.today())?;
        let written = Written { file: which.file.clone(), base, text, reason: String::new() };
        Ok((title(&reader), form(&reader, &written, None)))
    };
    shown(&reader, content.await)
}

/// `POST /law/file/check`: what is wrong with it.
pub(crate) async fn check(
    State(service): State<Service>,
    reader: Reader,
    Form(written): Form<Written>,
) -> Response {
    let files = written.files(&service, &reader).await;
    checked_part(&service, &reader, files).await
}

/// `POST /law/file`: a draft of it.
pub(crate) async fn keep(
    State(service): State<Service>,
    mut reader: Reader,
    Form(written): Form<Written>,
) -> Response {
    let files = written.files(&service, &reader).await;
    // The other language is that of the form: what was sent has no address.
    let query = [("file", written.file.clone()), ("base", written.base.to_string())];
    reader.path = format!("/law/file?{}", serde_urlencoded::to_string(query).unwrap_or_default());
    let again = async |faults: &Markup| Ok((title(&reader), form(&reader, &written, Some(faults))));
    kept(&service, &reader, files, &written.reason, again).await
}

fn title(reader: &Reader) -> String {
    reader.say("修改规则", "Change a rule").to_owned()
}

fn form(reader: &Reader, written: &Written, said: Option<&Markup>) -> Markup {
    let rows = written.text.lines().count().clamp(10, MOST_ROWS);
    html! {
        form method="post" action="/law/file" {
            input type="hidden" name="file" value=(written.file);
            input type="hidden" name="base" value=(written.base);
            label."form-label" for="text" { code { (written.file) } }
            // The parser drops the first line end.
            textarea."form-control"."font-monospace"."mb-3" id="text" name="text" rows=(rows) spellcheck="false" wrap="off" translate="no" { "\n" (written.text) }
            (ending(reader, &written.reason, "/law/file/check", said))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measure_may_begin_in_its_folder_and_nowhere_else() {
        for path in ["measures/18-x.toml", "measures/a.toml"] {
            assert!(is_of_a_measure(path), "{path}");
        }
        let long = format!("measures/{}.toml", "a".repeat(61));
        for path in [
            "",
            "measures/.toml",
            "measures/../pack.toml",
            "measures/A.toml",
            "18.toml",
            "measures/18",
            &long,
        ] {
            assert!(!is_of_a_measure(path), "{path}");
        }
    }
}
