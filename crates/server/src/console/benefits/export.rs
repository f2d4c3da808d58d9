//! `/benefits/export.*`: every count of what is looked at, as a file.

use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use greenlane_evaluate::benefits::{Benefits, Detail, ExportError, write_parquet, write_xlsx};
use maud::html;
use tokio::time::Instant;

use super::asked::Wanted;
use super::{PATIENCE, progress};
use crate::api::{ApiError, Service};
use crate::console::page::{Here, page};
use crate::console::reader::Reader;

type Write = fn(&[Detail<'_>]) -> Result<Vec<u8>, ExportError>;

/// `GET /benefits/export.xlsx`
pub(in crate::console) async fn xlsx(
    State(service): State<Service>,
    reader: Reader,
    Query(wanted): Query<Wanted>,
) -> Response {
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    export(&service, &reader, &wanted, write_xlsx, (kind, "attachment; filename=\"benefits.xlsx\"")).await
}

/// `GET /benefits/export.parquet`
pub(in crate::console) async fn parquet(
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
    let written = async {
        let asked = wanted.asked(service, reader).await?;
        let look = move |benefits: &Benefits| {
            let with = |detail: &Detail<'_>| {
                asked.measure.as_deref().is_none_or(|measure| detail.measure == measure)
            };
            let mut details: Vec<Detail<'_>> = benefits.details(&asked).filter(with).collect();
            details.sort_by_key(|one| (one.month, one.office, one.enterprise, one.measure));
            write(&details)
        };
        Ok::<_, ApiError>(service.benefits.look(Instant::now() + PATIENCE, look).await?)
    };
    match written.await {
        Ok(Ok(Ok(file))) => {
            ([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)], file).into_response()
        }
        Ok(Ok(Err(error @ ExportError::TooMany(_)))) => reader.refuse(ApiError::field(error.to_string())),
        Ok(Ok(Err(error))) => reader.refuse(ApiError::internal(error.to_string())),
        Ok(Err(counting)) => {
            let content = html! { (progress(reader, counting)) };
            let mut response = page(reader, Here::Benefits, reader.say("成效", "Benefits"), &content);
            *response.status_mut() = StatusCode::ACCEPTED;
            response
        }
        Err(error) => reader.refuse(error),
    }
}
