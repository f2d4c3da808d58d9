//! A tiny provider of the test's own that lies: what a real one cannot be made to do.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer, SigningKey};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::provider::SECRET;

/// What it does wrong at the next sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lie {
    /// Nothing.
    None,
    /// Its token is signed with a key that it does not publish.
    OtherKey,
    /// Its token says that it is signed with the secret of the client.
    SharedSecret,
    /// Its token has no signature.
    Unsigned,
    /// Its token is too old.
    Expired,
    /// Its token is for another client.
    Audience,
    /// Its token is of another issuer.
    Issuer,
    /// Its token is of another sign-in.
    Nonce,
    /// The browser comes back from another issuer.
    AnswersAs,
    /// It sends the server elsewhere for the token.
    Redirects,
    /// Asked about one subject it speaks of another.
    Subject,
    /// It speaks without end.
    Endless,
}

/// What is asked for, and how it is answered.
struct Shared {
    lie: Mutex<Lie>,
    nonce: Mutex<String>,
    redirected: AtomicUsize,
    stopped: AtomicBool,
}

/// A running provider; it goes away on drop.
pub struct Hostile {
    pub issuer: String,
    address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Hostile {
    pub fn start() -> Hostile {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let issuer = format!("http://{address}");
        let shared = Arc::new(Shared {
            lie: Mutex::new(Lie::None),
            nonce: Mutex::default(),
            redirected: AtomicUsize::new(0),
            stopped: AtomicBool::new(false),
        });
        let (own, name) = (Arc::clone(&shared), issuer.clone());
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if own.stopped.load(Ordering::SeqCst) {
                    return;
                }
                answer(&own, &name, &stream.unwrap());
            }
        });
        Hostile { issuer, address, shared, thread: Some(thread) }
    }

    /// Sends a browser back from its page; from now on it lies like that.
    pub fn answer(&self, page: &str, lie: Lie) -> String {
        let part = |name: &str| {
            let query = page.split_once('?').unwrap().1;
            query.split('&').find_map(|part| part.strip_prefix(name)).unwrap().to_owned()
        };
        *self.shared.lie.lock().unwrap() = lie;
        *self.shared.nonce.lock().unwrap() = part("nonce=");
        let issuer = if lie == Lie::AnswersAs { "https://evil.example" } else { &self.issuer };
        format!("/v1/session/openid/callback?code=c&state={}&iss={issuer}", part("state="))
    }

    /// How often somebody came to where it had sent them.
    pub fn redirected(&self) -> usize {
        self.shared.redirected.load(Ordering::SeqCst)
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
        drop(self.thread.take().unwrap().join());
    }
}

/// The path of a request, whose body is read and dropped.
fn path(stream: &TcpStream) -> Option<String> {
    let mut reader = BufReader::new(stream);
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first).ok()?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(text) = line.strip_prefix("content-length: ") {
            length = text.parse().ok()?;
        }
    }
    reader.read_exact(&mut vec![0; length]).ok()?;
    first.split(' ').nth(1).map(str::to_owned)
}

fn answer(shared: &Shared, issuer: &str, mut stream: &TcpStream) {
    let Some(path) = path(stream) else { return };
    let lie = *shared.lie.lock().unwrap();
    let (status, body) = match path.as_str() {
        "/token" if lie == Lie::Redirects => ("307 x\r\nlocation: /elsewhere", Value::Null),
        "/token" if lie == Lie::Endless => ("200 x", "x".repeat(2 << 20).into()),
        "/token" => {
            let token = id_token(lie, issuer, &shared.nonce.lock().unwrap());
            ("200 x", json!({ "access_token": "a", "token_type": "Bearer", "id_token": token }))
        }
        "/userinfo" => ("200 x", json!({ "sub": "somebody else", "preferred_username": "wang" })),
        "/keys" => ("200 x", json!({ "keys": [public(&key(1))] })),
        "/elsewhere" => {
            shared.redirected.fetch_add(1, Ordering::SeqCst);
            ("200 x", Value::Null)
        }
        _ => ("200 x", metadata(issuer)),
    };
    let (body, head) = (body.to_string(), "content-type: application/json\r\nconnection: close");
    let length = body.len();
    // Whoever hears too much hangs up.
    drop(write!(stream, "HTTP/1.1 {status}\r\n{head}\r\ncontent-length: {length}\r\n\r\n{body}"));
}

fn metadata(issuer: &str) -> Value {
    json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/page"),
        "token_endpoint": format!("{issuer}/token"),
        "userinfo_endpoint": format!("{issuer}/userinfo"),
        "jwks_uri": format!("{issuer}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["EdDSA", "HS256", "none"],
    })
}

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn public(key: &SigningKey) -> Value {
    let x = URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes());
    json!({ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": "1", "x": x })
}

fn id_token(lie: Lie, issuer: &str, nonce: &str) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let lies = |about: Lie| lie == about;
    let mut claims = json!({
        "iss": if lies(Lie::Issuer) { "https://evil.example" } else { issuer },
        "aud": if lies(Lie::Audience) { "somebody" } else { "greenlane" },
        "nonce": if lies(Lie::Nonce) { "another" } else { nonce },
        "exp": if lies(Lie::Expired) { now - 1 } else { now + 60 },
        "iat": now - 60,
        "sub": "h1",
    });
    if !lies(Lie::Subject) {
        claims["preferred_username"] = "li.wei".into();
    }
    let algorithm = match lie {
        Lie::SharedSecret => "HS256",
        Lie::Unsigned => "none",
        _ => "EdDSA",
    };
    let part = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let signed = format!("{}.{}", part(&json!({ "alg": algorithm, "kid": "1" })), part(&claims));
    let signature = match lie {
        Lie::Unsigned => Vec::new(),
        Lie::OtherKey => key(2).sign(signed.as_bytes()).to_vec(),
        Lie::SharedSecret => shared_secret(signed.as_bytes()),
        _ => key(1).sign(signed.as_bytes()).to_vec(),
    };
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn shared_secret(signed: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(signed);
    mac.finalize().into_bytes().to_vec()
}
