//! Servers whose clock a test sets: Debian's libfaketime stands between the process and the clock. The product knows nothing of it.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used)]

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::server::Server;
use crate::support::now_us;

/// Where Debian has it.
const LIBRARIES: [&str; 3] = [
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
    "/usr/lib/faketime/libfaketime.so.1",
];

/// A clock that is set by the test; it runs as the real one does, so much ahead or behind.
pub struct Clock {
    file: PathBuf,
}

impl Clock {
    /// A clock that is right; `None`, and said so, where libfaketime is not installed.
    pub fn new(folder: &Path, name: &str) -> Option<Clock> {
        if library().is_none() {
            println!("skipped: libfaketime is not installed (Debian package faketime)");
            return None;
        }
        let clock = Clock { file: folder.join(format!("{name}.clock")) };
        clock.set(0);
        Some(clock)
    }

    /// Sets it so many seconds ahead of the real clock (behind, if negative).
    pub fn set(&self, seconds: i64) {
        // Whole at once: a server may read it at any moment.
        let new = self.file.with_extension("new");
        std::fs::write(&new, format!("{seconds:+}s\n")).unwrap();
        std::fs::rename(&new, &self.file).unwrap();
    }

    /// The command runs under this clock.
    pub fn drive(&self, command: &mut Command) {
        command
            .env("LD_PRELOAD", library().unwrap())
            .env("FAKETIME_TIMESTAMP_FILE", &self.file)
            .env("FAKETIME_NO_CACHE", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    }

    /// A server under this clock.
    pub fn server(&self, database: &str, key_file: &Path, more: &[&str]) -> Server {
        let mut command = Server::command(database, key_file, more);
        self.drive(&mut command);
        Server::spawned(command)
    }
}

/// A server whose clock stays so many seconds from the real one. The library reads that once. A clock that is set is read anew at each
/// call, and calls at once may find it half read: the server then sees the real time.
pub fn server_at(seconds: i64, database: &str, key_file: &Path) -> Server {
    let mut command = Server::command(database, key_file, &[]);
    command
        .env("LD_PRELOAD", library().unwrap())
        .env("FAKETIME", format!("{seconds:+}s"))
        .env("FAKETIME_CACHE_DURATION", "1000000")
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    Server::spawned(command)
}

fn library() -> Option<&'static str> {
    LIBRARIES.into_iter().find(|path| Path::new(path).exists())
}

/// Seconds from now until an instant.
pub fn until(at_us: i64) -> i64 {
    (at_us - now_us()).div_euclid(1_000_000)
}
