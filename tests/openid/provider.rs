//! A real OpenID provider, and a browser that goes between it and servers.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::server::{Response, Server, request};
use crate::support::root;

/// Where browsers reach the servers of the tests; nothing listens there, since the tests know where each of them is.
pub const HERE: &str = "https://greenlane.example";

/// The secret of the client.
pub const SECRET: &str = "a-secret-of-the-client";

/// A running provider; killed on drop.
pub struct Provider {
    child: Child,
    pub issuer: String,
}

/// How a provider is started.
pub struct Setting {
    /// Claims by subject.
    pub people: Value,
    /// `null` for a public client.
    pub secret: Option<&'static str>,
    /// Whether the claims stand in the token.
    pub in_token: bool,
    /// 0 for a free port.
    pub port: u16,
}

impl Setting {
    pub fn of(people: Value) -> Setting {
        Setting { people, secret: Some(SECRET), in_token: true, port: 0 }
    }

    pub fn start(&self) -> Provider {
        let settings = json!({ "port": self.port, "people": self.people, "secret": self.secret,
            "redirect": format!("{HERE}/v1/session/openid/callback"), "inToken": self.in_token });
        let mut command = Command::new("node");
        command.arg(root().join("tests/openid/provider.mjs")).arg(settings.to_string());
        // It warns of what a provider for tests may be.
        let child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut child = child.expect("node runs the provider; `make test` installs both");
        let mut issuer = String::new();
        // The pipe stays open, since it may say more.
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut issuer).unwrap();
        assert!(!issuer.is_empty(), "the provider did not start: `npm ci` in tests/openid");
        Provider { child, issuer: issuer.trim().to_owned() }
    }
}

impl Provider {
    pub fn port(&self) -> u16 {
        self.issuer.rsplit_once(':').unwrap().1.parse().unwrap()
    }

    pub fn stop(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A browser: it keeps cookies, and goes on by itself to nowhere.
pub struct Browser {
    agent: ureq::Agent,
    /// By host and port, which is where they came from.
    cookies: RefCell<BTreeMap<String, BTreeMap<String, String>>>,
}

/// Whose cookies they are, of the servers of the tests together.
pub const OWN: &str = "greenlane";

impl Browser {
    pub fn new() -> Browser {
        let agent = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0);
        Browser { agent: agent.max_redirects_will_error(false).build().into(), cookies: RefCell::default() }
    }

    /// A cookie of the servers.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.borrow().get(OWN).and_then(|own| own.get(name).cloned())
    }

    pub fn set_cookie(&self, name: &str, value: &str) {
        self.cookies.borrow_mut().entry(OWN.into()).or_default().insert(name.into(), value.into());
    }

    fn get(&self, whose: &str, url: &str) -> Response {
        let mut cookies = self.cookies.borrow_mut();
        let jar = cookies.entry(whose.to_owned()).or_default();
        let sent: Vec<String> = jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let response = request(&self.agent, "GET", url, &[("cookie", &sent.join("; "))], None).unwrap();
        for (_, set) in response.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let (name, value) = set.split(';').next().unwrap().split_once('=').unwrap();
            match value {
                "" => jar.remove(name),
                _ => jar.insert(name.to_owned(), value.to_owned()),
            };
        }
        response
    }

    /// Opens a path of a server.
    pub fn open(&self, server: &Server, path: &str) -> Response {
        self.get(OWN, &format!("{}{path}", server.base))
    }

    /// Signs in at the provider's page as a subject, or turns away; gives the path to which it sends back.
    pub fn at_provider(&self, page: &str, subject: &str) -> String {
        let whose = page.split('/').nth(2).unwrap().to_owned();
        let next = |url: &str| {
            let response = self.get(&whose, url);
            assert_eq!(response.status, 303, "{url}: {}", response.body);
            let to = response.header("location").unwrap().to_owned();
            if to.starts_with('/') { format!("http://{whose}{to}") } else { to }
        };
        let interaction = next(page);
        let back = next(&next(&format!("{interaction}?as={subject}")));
        back.strip_prefix(HERE).unwrap_or_else(|| panic!("{back}")).to_owned()
    }

    /// Begins at a server and signs in at the provider; gives the path to which it sends back.
    pub fn begun(&self, server: &Server, subject: &str) -> String {
        let begun = self.open(server, "/v1/session/openid");
        assert_eq!(begun.status, 303, "{}", begun.body);
        self.at_provider(begun.header("location").unwrap(), subject)
    }

    /// The whole way with one server.
    pub fn sign_in(&self, server: &Server, subject: &str) -> Response {
        let back = self.begun(server, subject);
        self.open(server, &back)
    }
}
