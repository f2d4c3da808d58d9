//! URLs of databases as people may see them.

/// A URL that may be shown: `postgres://user:***@host/name`.
#[must_use]
pub fn without_password(url: &str) -> String {
    let login = url.split_once("://").and_then(|(scheme, rest)| Some((scheme, rest.rsplit_once('@')?)));
    let shown = match login.and_then(|(scheme, (login, host))| Some((scheme, login.split_once(':')?.0, host)))
    {
        Some((scheme, user, host)) => format!("{scheme}://{user}:***@{host}"),
        None => url.to_owned(),
    };
    // The login first: a password may have a question mark in it.
    let Some((shown, parameters)) = shown.split_once('?') else { return shown };
    let one = |parameter: &str| match parameter.split_once('=') {
        Some((name, _)) if name.contains("password") => format!("{name}=***"),
        _ => parameter.to_owned(),
    };
    format!("{shown}?{}", parameters.split('&').map(one).collect::<Vec<_>>().join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_url_has_no_password() {
        assert_eq!(without_password("postgres://a:p@ss@h:5/n"), "postgres://a:***@h:5/n");
        assert_eq!(without_password("postgres://a@h/n"), "postgres://a@h/n");
        assert_eq!(without_password("sqlite:x.db"), "sqlite:x.db");
        assert_eq!(without_password("postgres://a:p?x@h/n?user=b"), "postgres://a:***@h/n?user=b");
        let parameters = "postgres://a@h/n?host=/run&password=p&sslmode=require";
        assert_eq!(without_password(parameters), "postgres://a@h/n?host=/run&password=***&sslmode=require");
    }
}
