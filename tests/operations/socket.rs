//! HTTP by hand, for callers that do not behave.
#![allow(dead_code)]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::server::Server;

/// A connection to a server.
pub struct Socket(TcpStream);

impl Socket {
    /// Connects; nothing is sent. What does not come within a minute fails the test.
    pub fn open(server: &Server) -> Socket {
        let stream = TcpStream::connect(server.base.trim_start_matches("http://")).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        Socket(stream)
    }

    /// Sends bytes as they are; a server that has hung up is no error.
    pub fn send(&mut self, text: &str) {
        drop(self.0.write_all(text.as_bytes()));
    }

    /// Everything until the server hangs up.
    pub fn rest(mut self) -> String {
        let mut bytes = Vec::new();
        // A reset after the answer is a hang-up too.
        drop(self.0.read_to_end(&mut bytes));
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The head of one answer.
    pub fn head(&mut self) -> String {
        let (mut text, mut byte) = (Vec::new(), [0]);
        while !text.ends_with(b"\r\n\r\n") && self.0.read(&mut byte).unwrap() == 1 {
            text.push(byte[0]);
        }
        String::from_utf8(text).unwrap()
    }

    /// The head and the body of one answer that says how long it is.
    pub fn answer(&mut self) -> (String, String) {
        let head = self.head();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let mut body = vec![0; length.map_or(0, |length| length.trim().parse().unwrap())];
        self.0.read_exact(&mut body).unwrap();
        (head, String::from_utf8(body).unwrap())
    }
}
