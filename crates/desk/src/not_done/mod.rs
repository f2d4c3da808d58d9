//! Why something that was asked is not done.

mod reported;

use greenlane_access::Refusal;
use greenlane_intake::Reject;
use greenlane_terms::numbers::EntryNumber;
use serde_json::json;

use crate::problem::Problem;

/// Seconds after which a refused call may come again, where no others are known.
const RETRY_AFTER: u64 = 1;

/// Something that was asked and is not done: why, for whoever asked and for the trail.
#[derive(Debug)]
pub struct NotDone {
    problem: Problem,
    detail: String,
    /// What is wrong in particular, each with its place.
    errors: Vec<serde_json::Value>,
    /// Kind and detail that the trail keeps in place of those that the caller is told.
    untold: Option<Box<(Problem, String)>>,
    /// Seconds after which the call may come again, where the status is one of those that say so.
    retry_after: u64,
}

impl NotDone {
    /// Of a kind, in words.
    pub fn new(problem: Problem, detail: impl Into<String>) -> NotDone {
        NotDone { problem, detail: detail.into(), errors: Vec::new(), untold: None, retry_after: RETRY_AFTER }
    }

    /// The request cannot be read.
    pub fn bad_request(detail: impl Into<String>) -> NotDone {
        NotDone::new(Problem::BadRequest, detail)
    }

    /// The same to the caller; the trail keeps another kind and another reason.
    pub fn untold(self, problem: Problem, why: String) -> NotDone {
        NotDone { untold: Some(Box::new((problem, why))), ..self }
    }

    /// What kind of problem the caller is told of.
    pub fn problem(&self) -> Problem {
        self.problem
    }

    /// In words.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// What is wrong in particular, each with its place, as the interface has it.
    #[must_use]
    pub fn errors(&self) -> &[serde_json::Value] {
        &self.errors
    }

    /// The same, with the seconds after which the call may come again.
    #[must_use]
    pub fn again_after(self, seconds: u64) -> NotDone {
        NotDone { retry_after: seconds, ..self }
    }

    /// Seconds after which the call may come again, where the kind is one of those that say so.
    #[must_use]
    pub fn retry_after(&self) -> u64 {
        self.retry_after
    }

    /// Kind and detail as the trail keeps them.
    #[must_use]
    pub fn trailed(self) -> (Problem, String) {
        self.untold.map_or((self.problem, self.detail), |untold| *untold)
    }

    /// Names of the fields that are wrong, as the interface has them; none if it is not about fields.
    pub fn fields(&self) -> Vec<String> {
        let named = self.errors.iter().filter_map(|one| one["field"].as_str());
        let mut names: Vec<String> = named.map(str::to_owned).collect();
        if let ([], Problem::Fields | Problem::BadRequest) = (names.as_slice(), self.problem) {
            // What is wrong with one field begins with its name.
            let quoted = self.detail.strip_prefix('`').and_then(|rest| rest.split('`').next());
            names.extend(quoted.map(|name| name.strip_prefix("facts.").unwrap_or(name).to_owned()));
        }
        names
    }

    /// A field of the body is wrong.
    pub fn field(detail: impl Into<String>) -> NotDone {
        NotDone::new(Problem::Fields, detail)
    }

    /// Nothing is here.
    pub fn not_found(detail: impl Into<String>) -> NotDone {
        NotDone::new(Problem::NotFound, detail)
    }

    /// Something was refused, and the database does not take the entry that says so.
    pub fn unrecorded() -> NotDone {
        let detail = "the database does not take the entry of the trail: try again (数据库无法记录本次拒绝，请稍后再试)";
        NotDone::new(Problem::Unrecorded, detail)
    }

    /// A page of another site called.
    pub fn cross_site() -> NotDone {
        let detail = "a session is used by pages of this server only";
        NotDone::new(Problem::CrossSite, detail)
    }

    /// It is not permitted, for a reason that no rule of `access.cedar` has.
    pub fn not_permitted(detail: String) -> NotDone {
        NotDone::new(Problem::Forbidden, detail)
    }

    /// The rules do not permit it.
    pub fn forbidden(refusal: &Refusal) -> NotDone {
        NotDone::new(Problem::Forbidden, refusal.to_string())
    }

    /// What was drawn for a matter is not told yet.
    pub fn not_told() -> NotDone {
        let detail =
            "what was drawn is told once an officer has claimed the task or the key of the day is revealed";
        NotDone::new(Problem::NotTold, detail.to_owned())
    }

    /// The one matter of a request could not be understood.
    pub fn matter(rejects: Vec<Reject>) -> NotDone {
        let detail = rejects.first().map_or_else(String::new, |reject| reject.reason.clone());
        let one = |reject: &Reject| json!({ "field": reject.field, "reason": reject.reason });
        let errors = rejects.iter().map(one).collect();
        NotDone { errors, ..NotDone::new(Problem::Matter, detail) }
    }

    /// A pack is not taken.
    pub fn of_pack(problem: Problem, detail: String, errors: Vec<serde_json::Value>) -> NotDone {
        NotDone { errors, ..NotDone::new(problem, detail) }
    }

    /// An entry of the log is not what its kind says.
    pub fn damaged(entry: EntryNumber, what: &str, error: &impl std::fmt::Display) -> NotDone {
        NotDone::new(Problem::Damaged, format!("entry {entry} of the log is no {what}: {error}"))
    }

    /// Something went wrong inside.
    pub fn internal(detail: impl Into<String>) -> NotDone {
        NotDone::new(Problem::Internal, detail)
    }

    /// Fields of a statement that are wrong, each with its reason.
    pub fn statement(faults: Vec<(String, String)>) -> NotDone {
        let detail = faults.first().map_or_else(String::new, |(_, reason)| reason.clone());
        let one = |(field, reason): (String, String)| {
            let field = (!field.is_empty()).then_some(field);
            json!({ "field": field, "reason": reason })
        };
        let errors = faults.into_iter().map(one).collect();
        NotDone { errors, ..NotDone::new(Problem::Statement, detail) }
    }

    /// An idempotency key came with another request before.
    #[must_use]
    pub fn key_used_otherwise() -> NotDone {
        let detail = "this idempotency key was used for another request";
        NotDone::new(Problem::IdempotencyKey, detail)
    }

    /// More than one request may have.
    #[must_use]
    pub fn too_many(found: usize, most: usize) -> NotDone {
        let detail = format!("{found} in one request, at most {most} are allowed");
        NotDone::new(Problem::TooMany, detail)
    }

    /// The body is in no format that is understood.
    #[must_use]
    pub fn media_type(found: &str, expected: &str) -> NotDone {
        let detail = format!("`{found}`: expected {expected}");
        NotDone::new(Problem::MediaType, detail)
    }
}
