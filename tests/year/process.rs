//! A process that declares until it is killed, as a server is killed: nothing of it is told to stop.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use super::trade::matter;
use crate::office::{Home, Office};

/// Home, instant and first number of a process that is to be killed.
const ASKED: &str = "YEAR_PROCESS";

/// Matters that a process asks about at most, so that the year goes on with the same number whenever it is killed.
pub const MOST: u64 = 30;

/// Matters that are asked about at the same time.
const IN_FLIGHT: u64 = 3;

/// Starts a process that declares from a number on, and kills it once it has given so many answers; numbers and entries of them.
pub fn killed(home: &Home, at_us: i64, first: u64, answers: usize) -> Vec<(u64, u64)> {
    let text = format!("{}\n{}\n{}\n{at_us}\n{first}", home.url, home.folder.display(), home.seed);
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "declares_until_it_is_killed", "--nocapture", "--test-threads=1"])
        .env(ASKED, text)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut answered = Vec::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok) {
        // What it says from now on is lost, as a server's last words are.
        if let Some((_, numbers)) = line.split_once("answered ") {
            let (number, entry) = numbers.split_once(' ').unwrap();
            answered.push((number.parse().unwrap(), entry.parse().unwrap()));
        }
        if answered.len() == answers {
            child.kill().unwrap();
            break;
        }
    }
    child.wait().unwrap();
    assert_eq!(answered.len(), answers, "the process ended by itself");
    answered
}

/// The key under which a matter is asked about.
pub fn key(number: u64) -> String {
    format!("matter-{number}")
}

/// What the process does; nothing, if no year has started it.
pub fn declare_until_killed() {
    let Ok(asked) = std::env::var(ASKED) else { return };
    let lines: Vec<&str> = asked.lines().collect();
    let [url, folder, seed, at_us, first] = lines[..] else { panic!("{asked}") };
    let home =
        Home { url: url.to_owned(), folder: folder.into(), postgres: None, seed: seed.parse().unwrap() };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let office = Office::open(&home, at_us.parse().unwrap()).await;
        let first: u64 = first.parse().unwrap();
        let ask = async |number: u64| {
            let answer = office.ask(&[matter(home.seed, number)], &key(number)).await.unwrap();
            say(&format!("answered {number} {}", answer.first_entry.unwrap()));
        };
        for number in (first..first + MOST).step_by(usize::try_from(IN_FLIGHT).unwrap()) {
            tokio::join!(ask(number), ask(number + 1), ask(number + 2));
        }
        std::future::pending::<()>().await;
    });
}

/// One line, at once.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).unwrap();
}
