//! Asking one witness: `POST …/add-checkpoint` (c2sp.org/tlog-witness), and its last checkpoint when it disagrees.

use std::time::Duration;

use greenlane_configuration::WitnessAddress;
use greenlane_witness::{Checkpoint, Hash, Note, SignatureLine, Submission, VerifierKey, cosignature};
use reqwest::{Response, StatusCode};
use sha2::{Digest, Sha256};

use super::standing::Cosigned;
use crate::outgoing;

/// How long a witness may take.
const TIME_LIMIT: Duration = Duration::from_secs(5);

/// Largest answer that is read, in bytes.
const LARGEST: usize = 64 << 10;

/// What a witness answered.
#[derive(Debug)]
pub(super) enum Answer {
    Cosigned(Cosigned),
    /// It cosigned another size before: 409.
    OtherSize(u64),
    /// The proof does not hold for it: 422.
    NoProof,
    /// Anything else, in words.
    Failed(String),
}

/// The way to witnesses. Cheap to clone.
#[derive(Clone)]
pub struct Client(Result<reqwest::Client, String>);

impl Default for Client {
    /// A machine without root certificates has none, and says so at each attempt.
    fn default() -> Client {
        Client(outgoing::client(TIME_LIMIT))
    }
}

impl Client {
    /// Sends a checkpoint of the log with a proof from the head of `old` entries.
    pub(super) async fn add(
        &self,
        witness: &WitnessAddress,
        old: u64,
        proof: Vec<Hash>,
        note: &Note,
    ) -> Answer {
        let Ok(client) = self.0.as_ref().map_err(Clone::clone) else {
            return Answer::Failed("there are no root certificates on this machine".to_owned());
        };
        let body = Submission { old, proof, note: note.clone() }.to_string();
        let sent = client.post(format!("{}/add-checkpoint", witness.url)).body(body).send().await;
        let response = match sent {
            Ok(response) => response,
            Err(error) => return Answer::Failed(words(&error)),
        };
        let status = response.status();
        let text = match text(response).await {
            Ok(text) => text,
            Err(reason) => return Answer::Failed(reason),
        };
        match status {
            StatusCode::OK => match cosigned(&witness.key, note, &text) {
                Some(cosigned) => Answer::Cosigned(cosigned),
                None => Answer::Failed("it answered without a valid cosignature of its key".to_owned()),
            },
            StatusCode::CONFLICT => match text.trim_end().parse() {
                Ok(size) => Answer::OtherSize(size),
                Err(_) => Answer::Failed("it answered 409 without the size that it knows".to_owned()),
            },
            StatusCode::UNPROCESSABLE_ENTITY => Answer::NoProof,
            StatusCode::NOT_FOUND => Answer::Failed("it does not know this log (404)".to_owned()),
            StatusCode::FORBIDDEN => Answer::Failed("it does not know this log's key (403)".to_owned()),
            status => Answer::Failed(format!("it answered {}", status.as_u16())),
        }
    }

    /// The checkpoint that a witness last cosigned, if it shows one that this log's key signed.
    pub async fn last(&self, url: &str, log: &VerifierKey) -> Result<(Note, Checkpoint), String> {
        let client = self.0.as_ref().map_err(Clone::clone)?;
        // The monitoring path of tlog-witness.
        let origin = hex::encode(Sha256::digest(log.name()));
        let address = format!("{}/{origin}/checkpoint", url.trim_end_matches('/'));
        let response = client.get(address).send().await.map_err(|error| words(&error))?;
        let status = response.status();
        if status != StatusCode::OK {
            return Err(format!("it answered {}", status.as_u16()));
        }
        let note = Note::parse(&text(response).await?).map_err(|fault| fault.to_string())?;
        let checkpoint =
            Checkpoint::of_note(&note, std::slice::from_ref(log)).map_err(|fault| fault.to_string())?;
        Ok((note, checkpoint))
    }
}

/// The cosignature of a witness in an answer; lines of other keys are passed over.
fn cosigned(key: &VerifierKey, note: &Note, text: &str) -> Option<Cosigned> {
    let head = Checkpoint::parse(note.text()).ok()?.head;
    let lines = text.lines().filter_map(SignatureLine::parse);
    let valid = lines.filter_map(|line| Some((cosignature::time_of(key, note.text(), &line)?, line)));
    valid.max_by_key(|(at_s, _)| *at_s).map(|(at_s, line)| Cosigned { head, at_s, line })
}

async fn text(mut response: Response) -> Result<String, String> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| words(&error))? {
        if bytes.len() + chunk.len() > LARGEST {
            return Err("its answer is too long".to_owned());
        }
        bytes.extend_from_slice(&chunk);
    }
    String::from_utf8(bytes).map_err(|_| "its answer is not text".to_owned())
}

fn words(error: &reqwest::Error) -> String {
    match error.is_timeout() {
        true => format!("it did not answer within {} s", TIME_LIMIT.as_secs()),
        false => outgoing::reason(error),
    }
}
