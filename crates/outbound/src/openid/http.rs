//! Calls to an identity provider: encrypted, short, without redirects, with answers of a bounded size.

use std::pin::Pin;
use std::time::Duration;

use greenlane_configuration::callee::url_problem;
use http;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};

use crate::outgoing;

/// How long one call may take.
const TIME_LIMIT: Duration = Duration::from_secs(5);

/// Largest answer, in bytes.
const MOST: usize = 1 << 20;

/// A call that was not answered.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct NoAnswer(String);

/// The way to a provider.
pub(super) struct Http(Result<reqwest::Client, NoAnswer>);

impl Http {
    /// A machine without root certificates has none, and says so at each call.
    pub(super) fn new() -> Http {
        Http(outgoing::client(TIME_LIMIT).map_err(NoAnswer))
    }

    /// Sends one request and reads its answer.
    pub(super) async fn send(&self, request: HttpRequest) -> Result<HttpResponse, NoAnswer> {
        let client = self.0.as_ref().map_err(Clone::clone)?;
        let url = request.uri().to_string();
        if let Some(problem) = url_problem(&url) {
            return Err(NoAnswer(format!("`{url}`: {problem}")));
        }
        let request = reqwest::Request::try_from(request).map_err(|error| no_answer(&error))?;
        let mut response = client.execute(request).await.map_err(|error| no_answer(&error))?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| no_answer(&error))? {
            if body.len() + chunk.len() > MOST {
                return Err(NoAnswer(format!("its answer has more than {MOST} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
        let mut answer = http::Response::new(body);
        *answer.status_mut() = response.status();
        *answer.headers_mut() = std::mem::take(response.headers_mut());
        Ok(answer)
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = NoAnswer;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, NoAnswer>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

/// Why nothing came back.
fn no_answer(error: &reqwest::Error) -> NoAnswer {
    NoAnswer(match error.is_timeout() {
        true => format!("no answer within {} s", TIME_LIMIT.as_secs()),
        false => outgoing::reason(error),
    })
}
