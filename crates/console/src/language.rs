//! Chinese and English: every text of a page is said in both; the reader's choice is kept in a cookie.

use axum::extract::{Path, Query};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use greenlane_terms::Language;
use greenlane_transport::cookie;
use serde::Deserialize;

use super::redirect;

/// Name of the cookie.
const COOKIE: &str = "greenlane_language";

/// A year.
const KEPT_SECONDS: u32 = 31_536_000;

/// The language of a page: the one that was chosen, or else the first of the browser's that there is, or else Chinese.
pub(super) fn language_of(headers: &HeaderMap) -> Language {
    let chosen = cookie(headers, COOKIE).and_then(Language::of_name);
    chosen.or_else(|| accepted(headers)).unwrap_or(Language::Zh)
}

/// The first of the browser's languages that there is; weights are taken to fall, as browsers write them.
fn accepted(headers: &HeaderMap) -> Option<Language> {
    let accepted = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
    let tags = accepted.split(',').filter_map(|part| part.split(';').next());
    tags.map(str::trim).find_map(|tag| Language::of_name(tag.split('-').next()?))
}

/// Where to go on.
#[derive(Deserialize)]
pub(super) struct Then {
    then: Option<String>,
}

/// `/language/{name}`: another language, from the next page on.
pub(super) async fn choose(Path(name): Path<String>, Query(Then { then }): Query<Then>) -> Response {
    let Some(language) = Language::of_name(&name) else { return StatusCode::NOT_FOUND.into_response() };
    let mut response = redirect::see(then.as_deref());
    let cookie = format!("{COOKIE}={}; Path=/; Max-Age={KEPT_SECONDS}; SameSite=Lax", language.name());
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(cookie: &str, accepted: &str) -> Language {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, cookie.parse().unwrap());
        headers.insert(header::ACCEPT_LANGUAGE, accepted.parse().unwrap());
        language_of(&headers)
    }

    #[test]
    fn what_was_chosen_comes_before_what_the_browser_speaks() {
        assert_eq!(of("greenlane_language=zh", "en-GB,en;q=0.9"), Language::Zh);
        assert_eq!(of("greenlane_language=en", "zh-CN"), Language::En);
        assert_eq!(of("greenlane_language=de; a=b", "en-GB,en;q=0.9"), Language::En);
        assert_eq!(of("", "de-DE, en;q=0.8, zh;q=0.7"), Language::En);
        assert_eq!(of("", "fr"), Language::Zh);
        assert_eq!(of("", ""), Language::Zh);
    }
}
