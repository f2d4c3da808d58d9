//! A process that declares until it is killed, as a server is killed: nothing of it is told to stop.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use super::office::{Home, Office};
use super::trade::matter;

/// Home, instant and first number of a process that is to be killed.
const ASKED: &str = "YEAR_PROCESS";

/// What a process did until it was killed.
pub struct Killed {
    /// The last number that it may have asked about.
    pub last: u64,
    /// Numbers of matters whose answers it gave, with their entries.
    pub answered: Vec<(u64, u64)>,
}

/// Starts a process that declares from a number on, and kills it once it has given so many answers.
pub fn killed(home: &Home, at_us: i64, first: u64, answers: usize) -> Killed {
    let text = format!("{}\n{}\n{}\n{at_us}\n{first}", home.url, home.folder.display(), home.seed);
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "declares_until_it_is_killed", "--nocapture", "--test-threads=1"])
        .env(ASKED, text)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut killed = Killed { last: first, answered: Vec::new() };
    // Its first line is the end of what a test says about itself: the first question, whose number is known.
    for line in BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok) {
        let mut words = line.split(' ');
        let (word, mut number) = (words.next(), || words.next().unwrap().parse().unwrap());
        match word {
            Some("ask") => killed.last = number(),
            Some("answer") => killed.answered.push((number(), number())),
            _ => {}
        }
        // What it says from now on is lost, as a server's last words are.
        if killed.answered.len() == answers {
            child.kill().unwrap();
            break;
        }
    }
    child.wait().unwrap();
    assert_eq!(killed.answered.len(), answers, "the process ended by itself");
    // What it asked about after the last line that was heard.
    killed.last += IN_FLIGHT;
    killed
}

/// Matters that are asked about at the same time.
const IN_FLIGHT: u64 = 3;

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
        let mut number: u64 = first.parse().unwrap();
        loop {
            let ask = |number: u64| {
                say(&format!("ask {number}"));
                let (matter, key) = (matter(home.seed, number), key(number));
                let office = &office;
                async move {
                    let entry = office.ask(&[matter], &key).await.unwrap().first_entry.unwrap();
                    say(&format!("answer {number} {entry}"));
                }
            };
            tokio::join!(ask(number), ask(number + 1), ask(number + 2));
            number += IN_FLIGHT;
        }
    });
}

/// One line, at once.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).unwrap();
}
