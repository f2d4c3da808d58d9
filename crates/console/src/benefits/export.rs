//! `/benefits/export.*`: every count of what is looked at, as a file.

use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use greenlane_desk::benefits::Counting;
use greenlane_desk::{NotDone, Problem};
use greenlane_evaluate::benefits::{Benefits, Detail, ExportError, write_parquet, write_xlsx};
use greenlane_transport::Service;
use tokio::time::Instant;

use super::query::Wanted;
use super::{PATIENCE, PATIENCE_OF_FILES};
use crate::reader::Reader;

type Write = fn(&[Detail<'_>]) -> Result<Vec<u8>, ExportError>;

/// `GET /benefits/export.xlsx`
pub(crate) async fn xlsx(
    State(service): State<Service>,
    reader: Reader,
    Query(wanted): Query<Wanted>,
) -> Response {
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    export(&service, &reader, &wanted, write_xlsx, (kind, "attachment; filename=\"benefits.xlsx\"")).await
}

/// `GET /benefits/export.parquet`
pub(crate) async fn parquet(
    State(service): State<Service>,
    reader: Reader,
    Query(wanted): Query<Wanted>,
) -> Response {
    let kind = "application/vnd.apache.parquet";
    export(&service, &reader, &wanted, write_parquet, (kind, "attachment; filename=\"benefits.parquet\""))
        .await
}

async fn export(
    service: &Service,
    reader: &Reader,
    wanted: &Wanted,
    write: Write,
    (kind, name): (&'static str, &'static str),
) -> Response {
    match file(service, reader, wanted, write).await {
        Ok(file) => {
            ([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)], file).into_response()
        }
        Err(error) => reader.refuse(error),
    }
}

async fn file(service: &Service, reader: &Reader, wanted: &Wanted, write: Write) -> Result<Vec<u8>, NotDone> {
    let asked = wanted.asked(service, reader).await?;
    let look = move |benefits: &Benefits| {
        let with =
            |detail: &Detail<'_>| asked.measure.as_deref().is_none_or(|measure| detail.measure == measure);
        let mut details: Vec<Detail<'_>> = benefits.details(&asked).filter(with).collect();
        details.sort_by_key(|one| (one.month, one.office, one.enterprise, one.measure));
        write(&details)
    };
    let until = Instant::now() + PATIENCE_OF_FILES;
    loop {
        // In turns with pages that say how far counting is.
        match service.benefits_for(&reader.caller).look(Instant::now() + PATIENCE, look.clone()).await? {
            Ok(Ok(file)) => return Ok(file),
            Ok(Err(error @ ExportError::TooMany(_))) => return Err(NotDone::field(error.to_string())),
            Ok(Err(error)) => return Err(NotDone::internal(error.to_string())),
            Err(_) if Instant::now() < until => {}
            // A page about it would be saved as the file: browsers save nothing of a refusal.
            Err(Counting { counted, of }) => {
                let detail = format!("the log is still being counted: {counted} of {of} entries");
                return Err(NotDone::new(Problem::Busy, detail));
            }
        }
    }
}
