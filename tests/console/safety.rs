//! What pages withstand: other people's pages, planted sessions, frames, ways that lead elsewhere.

use crate::server::{Response, Server, send};
use crate::support::places::Places;
use crate::{PASSWORD, person, rate, server_with};

/// Sends a form, or asks for a page; redirects are answers.
pub(crate) fn form(server: &Server, path: &str, headers: &[(&str, &str)], fields: Option<&str>) -> Response {
    let agent = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build().into();
    let kind = ("content-type", "application/x-www-form-urlencoded");
    let kind: &[(&str, &str)] = if fields.is_some() { &[kind] } else { &[] };
    let headers = [headers, kind].concat();
    send(&agent, &format!("{}{path}", server.base), &headers, fields).unwrap()
}

/// The cookie of somebody who signs in, with another one in the hand of their browser.
pub(crate) fn cookie(server: &Server, login: &str, before: &str) -> String {
    let fields = format!("login={login}&password=correct+horse+battery&then=%2Fwork");
    let entered = form(server, "/sign-in", &[("cookie", before)], Some(&fields));
    assert_eq!((entered.status, entered.header("location")), (303, Some("/work")), "{}", entered.body);
    let set = entered.header("set-cookie").unwrap();
    assert!(set.contains("HttpOnly") && set.contains("SameSite=Lax"), "{set}");
    set.split(';').next().unwrap().to_owned()
}

#[test]
fn a_page_of_somebody_else_cannot_act_for_whoever_is_signed_in() {
    let places = Places::new();
    let server = Server::start(&places.sqlite(), &places.key_file());
    person(&server, "li", &["--role", "officer", "--office", "5301"]);
    rate(&server, "530120260000000002", true);
    let planted = "greenlane_session=gls_planted";
    let session = cookie(&server, "li", planted);
    assert_ne!(session, planted, "who plants a session does not know the one that is used");
    assert_eq!(
        form(&server, "/work", &[("cookie", planted)], None).header("location"),
        Some("/sign-in?then=%2Fwork")
    );
    for elsewhere in [
        ("origin", "https://evil.example"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        for (path, fields) in
            [("/work/claim", "queue="), ("/work/1/complete", "mode=on_site"), ("/sign-out", "")]
        {
            let refused = form(&server, path, &[("cookie", &session), elsewhere], Some(fields));
            assert_eq!(refused.status, 403, "{path} {elsewhere:?}");
        }
        let entered =
            form(&server, "/sign-in", &[elsewhere], Some("login=li&password=correct+horse+battery"));
        assert_eq!(
            (entered.status, entered.header("set-cookie")),
            (403, None),
            "nobody is signed in unasked"
        );
    }
    let claimed = form(&server, "/work/claim", &[("cookie", &session)], Some("queue="));
    assert_eq!((claimed.status, claimed.header("location")), (303, Some("/work/1")));
    let out = form(&server, "/sign-out", &[("cookie", &session)], Some(""));
    assert_eq!((out.status, out.header("location")), (303, Some("/sign-in")));
    assert_eq!(form(&server, "/", &[("cookie", &session)], None).status, 303, "signed out for good");
}

#[test]
fn a_page_of_somebody_else_makes_no_account_no_token_and_no_change_of_the_law() {
    let (_places, server) = server_with(&[("adm", &["--role", "administrator", "--role", "policy_editor"])]);
    let session = cookie(&server, "adm", "");
    let asks = |path: &str, from: &[(&str, &str)], fields: &str| {
        form(&server, path, &[&[("cookie", session.as_str())], from].concat(), Some(fields))
    };
    let me = form(&server, "/v1/me", &[("cookie", &session)], None).json()["account"].clone();
    let tokens = format!("/admin/people/{me}/tokens");
    let parameter = "base=1&value=0.1&from=2027-01-01&reason=x";
    let posts = [
        ("/admin/people", "login=evil&name=x&role=administrator"),
        (tokens.as_str(), "name=evil&scope=administer&days=1"),
        ("/admin/webhooks", "url=http%3A%2F%2F127.0.0.1%3A9%2Fevil"),
        ("/law/numbers/aeo_inspection_factor", parameter),
    ];
    for (path, fields) in posts {
        for from in [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")] {
            assert_eq!(asks(path, &[from], fields).status, 403, "{path} {from:?}");
        }
    }
    let page = form(&server, "/admin", &[("cookie", &session)], None).body;
    assert!(!page.contains("evil"), "{page}");
    assert_eq!(form(&server, "/law/changes/2", &[("cookie", &session)], None).status, 404, "no draft");
    // From a page of this server each of them does something.
    assert!(asks("/admin/people", &[], posts[0].1).body.contains("data-secret"));
    assert!(asks(&tokens, &[], posts[1].1).body.contains("data-secret"));
    assert_eq!(
        asks("/law/numbers/aeo_inspection_factor", &[], parameter).header("location"),
        Some("/law/changes/2")
    );
}

#[test]
fn no_page_can_be_framed_or_run_what_is_not_of_this_server_and_none_leads_elsewhere() {
    let places = Places::new();
    let server = Server::start(&places.sqlite(), &places.key_file());
    person(&server, "li", &["--role", "officer", "--office", "5301"]);
    let session = cookie(&server, "li", "");
    for path in [
        "/",
        "/work",
        "/sign-in",
        "/check",
        "/check?matter=import_declaration",
        "/law",
        "/law/7",
        "/law/none",
        "/work/99",
        "/benefits",
        "/applications",
        "/applications/new?kind=guarantee_waiver",
        "/admin",
        "/law/changes/1",
    ] {
        let page = form(&server, path, &[("cookie", &session)], None);
        let policy = page.header("content-security-policy").unwrap();
        for rule in [
            "default-src 'none'",
            "script-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        ] {
            assert!(policy.contains(rule), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert!(!page.body.contains(" style=") && !page.body.contains(" onclick="), "{path}");
    }
    for then in
        ["//evil.example", "https://evil.example", "/\\evil.example", "/%09/evil.example\r\nset-cookie: a=b"]
    {
        let fields =
            serde_urlencoded::to_string([("login", "li"), ("password", PASSWORD), ("then", then)]).unwrap();
        let entered = form(&server, "/sign-in", &[], Some(&fields));
        assert_eq!(entered.header("location"), Some("/"), "{then}");
        let query = serde_urlencoded::to_string([("then", then)]).unwrap();
        assert_eq!(
            form(&server, &format!("/language/en?{query}"), &[], None).header("location"),
            Some("/"),
            "{then}"
        );
    }
}
