//! The page of docs/how-to that follows a declaration, typed as it stands there.

use std::process::{Command, Stdio};

use crate::server::Server;
use crate::support::places::Places;

const PAGE: &str = include_str!("../../docs/how-to/follow-a-declaration.md");

/// Blocks of a page by their kind, in order.
fn blocks(page: &str) -> Vec<(String, String)> {
    let mut blocks: Vec<(String, String)> = Vec::new();
    let mut open = false;
    for line in page.lines() {
        match line.strip_prefix("```") {
            Some(kind) if !open => blocks.push((kind.to_owned(), String::new())),
            Some(_) => {}
            None if open => {
                let text = &mut blocks.last_mut().unwrap().1;
                text.push_str(line);
                text.push('\n');
            }
            None => {}
        }
        open ^= line.starts_with("```");
    }
    blocks
}

/// The commands of a page as one script that ends every block with a mark, and what each block has to print.
fn script(page: &str) -> (String, Vec<String>) {
    let (mut script, mut expected) = ("set -u\n".to_owned(), Vec::new());
    for (kind, text) in blocks(page) {
        match kind.as_str() {
            "sh" => {
                script.push_str(&text);
                script.push_str("echo '-- block --'\n");
                expected.push(String::new());
            }
            "text" => expected.last_mut().unwrap().push_str(&text),
            other => panic!("a block of kind `{other}`"),
        }
    }
    (script, expected)
}

#[test]
fn what_the_page_says_is_what_one_sees() {
    let (script, expected) = script(PAGE);
    assert!(expected.iter().filter(|text| !text.is_empty()).count() > 7);
    let places = Places::new();
    for database in places.databases() {
        let server = Server::start(&database, &places.key_file());
        let directory = tempfile::tempdir().unwrap();
        let bash = Command::new("bash")
            .args(["-c", &script])
            .current_dir(&directory)
            .env("AT", &server.base)
            .env("BROKER", server.token())
            .env("OFFICER", server.token_of("li", &["--role", "officer", "--office", "5301"]))
            .env("SUPERVISOR", server.token_of("sun", &["--role", "supervisor", "--office", "*"]))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let printed = String::from_utf8_lossy(&bash.stdout).into_owned();
        let said = String::from_utf8_lossy(&bash.stderr).into_owned();
        let printed: Vec<&str> = printed.split("-- block --\n").collect();
        assert_eq!(printed.len(), expected.len() + 1, "{printed:?}\n{said}");
        for (printed, expected) in printed.iter().zip(&expected) {
            let mut lines = printed.lines();
            for line in expected.lines() {
                assert!(
                    lines.any(|found| found == line),
                    "{database}: no {line} in order in\n{printed}\n{said}"
                );
            }
        }
    }
}
