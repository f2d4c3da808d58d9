//! A PostgreSQL server of the test's own: a fresh cluster in a temporary folder, reached by a socket, stopped on drop.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A running server.
pub struct Postgres {
    folder: tempfile::TempDir,
    binaries: PathBuf,
}

impl Postgres {
    /// Makes a cluster and starts it. As root it runs as the user `postgres`, since it refuses to run as root.
    pub fn start() -> Postgres {
        let binaries = newest_binaries();
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
        let server = Postgres { folder, binaries };
        server.tool(
            "initdb",
            &["--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C", "-U", "postgres"],
        );
        let options = format!(
            "-c listen_addresses='' -c fsync=off -c unix_socket_directories={}",
            server.path().display()
        );
        let log = server.path().join("log");
        server.tool("pg_ctl", &["--wait", "--log", log.to_str().unwrap(), "--options", &options, "start"]);
        server
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn tool(&self, name: &str, arguments: &[&str]) {
        let program = self.binaries.join(name);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        let data = self.path().join("data");
        let run = command
            .arg("-D")
            .arg(data)
            .args(arguments)
            .current_dir("/")
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(run.success(), "{name} failed");
    }

    /// Stops it in one of the ways of `pg_ctl` (`smart`, `fast`, `immediate`) and starts it again.
    #[allow(dead_code)]
    pub fn restart(&self, mode: &str) {
        let log = self.path().join("log");
        self.tool("pg_ctl", &["--wait", "--mode", mode, "--log", log.to_str().unwrap(), "restart"]);
    }

    /// A new, empty database of that name, as a URL.
    pub fn database(&self, name: &str) -> String {
        self.run(&format!("CREATE DATABASE {name}"));
        format!("postgres://postgres@localhost/{name}?host={}", self.path().display())
    }

    /// Runs a script with psql and stops at the first error.
    pub fn run(&self, script: &str) -> String {
        let mut child = Command::new("psql")
            .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", "postgres", "-h"])
            .arg(self.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.tool("pg_ctl", &["--mode=immediate", "--wait", "stop"]);
    }
}

fn newest_binaries() -> PathBuf {
    let versions =
        std::fs::read_dir("/usr/lib/postgresql").expect("PostgreSQL is installed; `make test` does it");
    let mut folders: Vec<PathBuf> = versions.map(|entry| entry.unwrap().path().join("bin")).collect();
    folders.retain(|folder| folder.join("initdb").exists());
    folders.sort();
    folders.pop().expect("PostgreSQL's server is installed; `make test` does it")
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
