//! A receiver of webhooks: a small HTTP server of the test's own, which verifies signatures without our code.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// What came in one request.
#[derive(Clone, Debug)]
pub struct Delivery {
    pub id: String,
    pub timestamp: String,
    pub signatures: String,
    pub body: String,
}

impl Delivery {
    /// The entries of its message.
    pub fn entries(&self) -> Vec<Value> {
        let body: Value = serde_json::from_str(&self.body).unwrap();
        assert_eq!(body["type"], "log.entries", "{body}");
        body["data"]["entries"].as_array().unwrap().clone()
    }

    /// Whether one of its signatures is that of a secret, as the standard says.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        let message = format!("{}.{}.{}", self.id, self.timestamp, self.body);
        let expected = format!("v1,{}", STANDARD.encode(hmac_sha256(&key, message.as_bytes())));
        self.signatures.split(' ').any(|signature| signature == expected)
    }
}

/// HMAC as RFC 2104 defines it, for keys of up to 64 bytes.
fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut block = [0; 64];
    block[..key.len()].copy_from_slice(key);
    let inner = Sha256::new().chain_update(block.map(|byte| byte ^ 0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(block.map(|byte| byte ^ 0x5c)).chain_update(inner).finalize().into()
}

#[derive(Default)]
struct Shared {
    deliveries: Mutex<Vec<Delivery>>,
    changed: Condvar,
    /// What is answered; 0 leaves the request without an answer.
    status: AtomicU16,
    stopped: AtomicBool,
}

/// A running receiver; it goes away on drop.
pub struct Receiver {
    pub address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Receiver {
    /// On a free port.
    pub fn start() -> Receiver {
        Receiver::start_at("127.0.0.1:0".parse().unwrap())
    }

    /// On an address where a receiver was before.
    pub fn start_at(address: SocketAddr) -> Receiver {
        let listener = TcpListener::bind(address).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared { status: AtomicU16::new(204), ..Shared::default() });
        let own = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if own.stopped.load(Ordering::SeqCst) {
                    return;
                }
                let own = Arc::clone(&own);
                std::thread::spawn(move || answer(&own, stream.unwrap()));
            }
        });
        Receiver { address, shared, thread: Some(thread) }
    }

    pub fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    /// What it answers from now on; 0: nothing at all.
    pub fn answer(&self, status: u16) {
        self.shared.status.store(status, Ordering::SeqCst);
    }

    /// Waits until what has come is enough, for a minute at most.
    pub fn wait(&self, enough: impl Fn(&[Delivery]) -> bool) -> Vec<Delivery> {
        let deliveries = self.shared.deliveries.lock().unwrap();
        let minute = Duration::from_secs(60);
        let (deliveries, waited) =
            self.shared.changed.wait_timeout_while(deliveries, minute, |found| !enough(found)).unwrap();
        assert!(!waited.timed_out(), "{} deliveries in a minute", deliveries.len());
        deliveries.clone()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
        drop(self.thread.take().unwrap().join());
    }
}

fn answer(shared: &Shared, stream: TcpStream) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    if reader.fill_buf().is_ok_and(|bytes| bytes.first() == Some(&0x16)) {
        // The first byte of TLS, which this receiver does not speak.
        drop((&stream).write_all(b"HTTP/1.1 400 no TLS here\r\n\r\n"));
        return;
    }
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        match line.trim_end() {
            "" => break,
            line => headers.push(line.to_owned()),
        }
    }
    let header = |name: &str| {
        let pairs = headers.iter().filter_map(|line| line.split_once(": "));
        let found =
            pairs.filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value).next();
        found.unwrap_or_else(|| panic!("no header {name}: {headers:?}")).to_owned()
    };
    let mut body = vec![0; header("content-length").parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    let status = shared.status.load(Ordering::SeqCst);
    shared.deliveries.lock().unwrap().push(Delivery {
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp"),
        signatures: header("webhook-signature"),
        body: String::from_utf8(body).unwrap(),
    });
    shared.changed.notify_all();
    if status == 0 {
        // Until the other side has gone.
        drop(reader.read(&mut [0]));
        return;
    }
    let mut stream = stream;
    drop(write!(stream, "HTTP/1.1 {status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"));
}
