//! Signing in and out.

use axum::Form;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use greenlane_desk::actions::sessions::{NoSignIn, end_session, sign_in_from};
use greenlane_desk::people::SignInError;
use greenlane_desk::{Caller, NotDone};
use greenlane_outbound::openid::is_local;
use greenlane_terms::Language;
use greenlane_transport::{Answer, Origin, Service, is_same_origin, session_cookie, set_session};
use maud::html;
use serde::Deserialize;

use super::page::{Here, open_page};
use super::reader::Visitor;
use super::redirect::{see, with_then};
use super::refusal::trailed;

/// Where to go on.
#[derive(Default, Deserialize)]
pub(super) struct Then {
    #[serde(default)]
    then: String,
}

/// Login and password of a form.
#[derive(Deserialize)]
pub(super) struct Filled {
    login: String,
    password: String,
    #[serde(default)]
    then: String,
}

/// `GET /sign-in`
pub(super) async fn page(State(service): State<Service>, visitor: Visitor, query: Query<Then>) -> Response {
    form(&service, &visitor, &query.then, "", None)
}

/// `POST /sign-in`
pub(super) async fn enter(
    State(service): State<Service>,
    visitor: Visitor,
    Origin(from): Origin,
    headers: HeaderMap,
    Form(filled): Form<Filled>,
) -> Response {
    let language = visitor.language;
    // Nobody is signed in by a page of somebody else's: what they then enter would be another account's.
    if !is_same_origin(&headers) {
        let why = language.say(
            "登录请求来自其他网站，未予受理。",
            "The page that wants to sign you in is not of this server.",
        );
        return refused(form(&service, &visitor, "", "", Some(why)), NotDone::cross_site());
    }
    match sign_in_from(&service, &from, &filled.login, &filled.password).await {
        Ok((_, session)) => {
            let mut response = see(Some(&filled.then));
            // `Lax`: a link to a page from elsewhere finds its reader signed in.
            set_session(&mut response, &session, "Lax", service.is_tls());
            response
        }
        Err(error) => {
            let why = words(language, &error);
            refused(form(&service, &visitor, &filled.then, &filled.login, Some(why)), error.into())
        }
    }
}

/// The form once more, with the status of what was refused; the trail keeps it.
fn refused(mut form: Response, error: NotDone) -> Response {
    *form.status_mut() = error.status();
    trailed(form, error)
}

/// Which of the reasons it is, is not said: whoever tries logins would learn which of them exist.
fn words(language: Language, why: &NoSignIn) -> &'static str {
    match why {
        NoSignIn::Failed(SignInError::Wrong | SignInError::Locked) => language.say(
            "登录名或者密码不正确，或者账户已停用，或者因密码连续输错已锁定一刻钟。",
            "Login or password is wrong, or the account is disabled, or locked for a quarter of an hour after five wrong passwords.",
        ),
        NoSignIn::TooOften(_) => language.say(
            "登录失败次数过多，请稍后再试。",
            "Too many sign-ins failed from here: try again later.",
        ),
        NoSignIn::Failed(_) => language.say("暂时不能登录，请稍后再试。", "Nobody can sign in just now: try again later."),
    }
}

/// `POST /sign-out`
pub(super) async fn leave(State(service): State<Service>, caller: Caller, headers: HeaderMap) -> Response {
    let ended = match session_cookie(&headers) {
        Some(secret) => end_session(&service, &caller, secret).await,
        None => Ok(()),
    };
    match ended {
        Ok(()) => see(Some("/sign-in")),
        Err(error) => error.into_response(),
    }
}

fn form(service: &Service, visitor: &Visitor, then: &str, login: &str, why: Option<&str>) -> Response {
    let language = visitor.language;
    let content = html! {
        div.card."narrow" {
            form."card-body" method="post" action="/sign-in" {
                @if let Some(why) = why { div.alert."alert-danger" role="alert" { (why) } }
                input type="hidden" name="then" value=(then);
                label."form-label" for="login" { (language.say("登录名", "Login")) }
                input."form-control"."mb-3" id="login" name="login" value=(login) autocomplete="username" required autofocus;
                label."form-label" for="password" { (language.say("密码", "Password")) }
                input."form-control"."mb-3" id="password" name="password" type="password" autocomplete="current-password" required;
                button.btn."btn-primary"."w-100" type="submit" { (language.say("登录", "Sign in")) }
                @if service.openid.is_some() {
                    a.btn."w-100"."mt-3" href=(with_then("/v1/session/openid", if is_local(then) { then } else { "/" })) { (language.say("用本单位身份登录", "Sign in with your office's account")) }
                }
            }
        }
    };
    open_page(visitor, Here::Nowhere, language.say("登录", "Sign in"), &content)
}
