//! A file of the pack as text, such as that of a measure.

use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use greenlane_policy::load::PackFiles;
use maud::{Markup, html};
use serde::Deserialize;

use super::{base_files, check as checked_part, ending, keep as kept, may_edit, with};
use crate::api::{ApiError, Service};
use crate::console::page::{Here, page};
use crate::console::reader::Reader;

/// Rows of the text at most, so that the button stays near.
const MOST_ROWS: usize = 40;

/// Which file, of which pack; of the one in force if not said.
#[derive(Deserialize)]
pub(in crate::console) struct Which {
    file: String,
    base: Option<u64>,
}

/// The file as it was written.
#[derive(Deserialize)]
pub(in crate::console) struct Written {
    file: String,
    base: u64,
    text: String,
    #[serde(default)]
    reason: String,
}

impl Written {
    async fn files(&self, service: &Service, reader: &Reader) -> Result<PackFiles, ApiError> {
        may_edit(reader)?;
        let (_, files) = base_files(service, Some(self.base)).await?;
        found(&files, &self.file)?;
        Ok(with(&files, &self.file, &self.text))
    }
}

fn found<'f>(files: &'f PackFiles, path: &str) -> Result<&'f str, ApiError> {
    let text = files.iter().find(|(name, _)| *name == path).map(|(_, text)| text);
    text.ok_or_else(|| ApiError::not_found(format!("the pack has no file `{path}`")))
}

/// `GET /law/file?file=measures/09-clean-year.toml`
pub(in crate::console) async fn show(
    State(service): State<Service>,
    reader: Reader,
    Query(which): Query<Which>,
) -> Response {
    let content = async {
        may_edit(&reader)?;
        let (base, files) = base_files(&service, which.base).await?;
        let text = found(&files, &which.file)?.to_owned();
        Ok(form(&reader, &Written { file: which.file.clone(), base, text, reason: String::new() }, None))
    };
    match content.await {
        Ok(content) => page(&reader, Here::Law, title(&reader), &content),
        Err(error) => reader.refuse(error),
    }
}

/// `POST /law/file/check`: what is wrong with it.
pub(in crate::console) async fn check(
    State(service): State<Service>,
    reader: Reader,
    Form(written): Form<Written>,
) -> Response {
    let files = written.files(&service, &reader).await;
    checked_part(&reader, files).await
}

/// `POST /law/file`: a draft of it.
pub(in crate::console) async fn keep(
    State(service): State<Service>,
    reader: Reader,
    Form(written): Form<Written>,
) -> Response {
    let done =
        async { kept(&service, &reader, &written.files(&service, &reader).await?, &written.reason).await };
    match done.await {
        Ok(Ok(response)) => response,
        Ok(Err(faults)) => {
            let content = form(&reader, &written, Some(&faults));
            let mut response = page(&reader, Here::Law, title(&reader), &content);
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            response
        }
        Err(error) => reader.refuse(error),
    }
}

fn title(reader: &Reader) -> &'static str {
    reader.say("修改规则", "Change a rule")
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
