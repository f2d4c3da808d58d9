//! Runs the binary and finds folders.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used)]

pub mod chance;
pub mod places;
pub mod postgres;
pub mod sql;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Microseconds since 1970-01-01 UTC, by the machine's clock.
pub fn now_us() -> i64 {
    greenlane_terms::Clock::of_the_machine().now_us()
}

/// The root of the project.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The folder of declarations that nobody in this project wrote; `None` when it is absent.
pub fn shared_data() -> Option<PathBuf> {
    let folder = root().join("../shared/data");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no shared data");
    None
}

/// Runs `greenlane` in English, without the caller's settings.
pub fn greenlane(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

/// As [`greenlane`], with standard input.
pub fn greenlane_with_input(arguments: &[&str], input: &str) -> Output {
    let mut child = command(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_greenlane"));
    command.args(arguments).env("LANG", "C").env_remove("LC_ALL");
    command.env_remove("GREENLANE_PACK").env_remove("GREENLANE_DRAW_KEY");
    command
}

/// Standard output of a run that must end with an exit code.
pub fn stdout(output: &Output, code: i32) -> String {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "stdout:\n{text}\nstderr:\n{errors}");
    text
}

/// Standard error of a run that must end with an exit code.
pub fn stderr(output: &Output, code: i32) -> String {
    stdout(output, code);
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A path as an argument.
pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
