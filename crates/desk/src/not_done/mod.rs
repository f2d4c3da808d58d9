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

#[cfg(test)]
mod tests {
    use greenlane_intake::Position;
    use serde_json::Value;

    use super::*;

    fn fields(of: &NotDone) -> Vec<Value> {
        of.errors().iter().map(|one| one["field"].clone()).collect()
    }

    #[test]
    fn each_way_of_saying_no_has_its_kind_and_its_words() {
        let cases = [
            (NotDone::new(Problem::Rate, "x"), Problem::Rate, "x"),
            (NotDone::bad_request("x"), Problem::BadRequest, "x"),
            (NotDone::field("x"), Problem::Fields, "x"),
            (NotDone::not_found("x"), Problem::NotFound, "x"),
            (NotDone::not_permitted("x".to_owned()), Problem::Forbidden, "x"),
            (NotDone::internal("x"), Problem::Internal, "x"),
            (NotDone::unrecorded(), Problem::Unrecorded, "the database does not take the entry of the trail"),
            (NotDone::cross_site(), Problem::CrossSite, "a session is used by pages of this server only"),
            (NotDone::not_told(), Problem::NotTold, "what was drawn is told once"),
            (NotDone::key_used_otherwise(), Problem::IdempotencyKey, "was used for another request"),
            (NotDone::too_many(9, 5), Problem::TooMany, "9 in one request, at most 5 are allowed"),
            (NotDone::media_type("a/b", "c/d"), Problem::MediaType, "`a/b`: expected c/d"),
            (
                NotDone::damaged(EntryNumber::new(3), "move", &"why"),
                Problem::Damaged,
                "entry 3 of the log is no move: why",
            ),
        ];
        for (told, problem, words) in cases {
            assert_eq!(told.problem(), problem, "{words}");
            assert!(told.detail().contains(words), "{words} in {}", told.detail());
            assert_eq!((told.errors().len(), told.retry_after()), (0, 1), "{words}");
            let (kept, why) = (told.problem(), told.detail().to_owned());
            assert_eq!(told.trailed(), (kept, why), "{words}");
        }
    }

    #[test]
    fn what_is_untold_stands_in_the_trail_only_and_a_wait_is_told() {
        let told =
            NotDone::not_found("nothing").untold(Problem::Forbidden, "not yours".to_owned()).again_after(9);
        assert_eq!((told.problem(), told.detail(), told.retry_after()), (Problem::NotFound, "nothing", 9));
        assert_eq!(told.trailed(), (Problem::Forbidden, "not yours".to_owned()));
    }

    #[test]
    fn a_wrong_field_is_named_at_the_beginning_or_with_its_error() {
        let named = |told: NotDone| told.fields();
        assert_eq!(named(NotDone::field("`days` is 0, expected 1")), ["days"]);
        assert_eq!(named(NotDone::bad_request("`on` is `x`")), ["on"]);
        assert_eq!(named(NotDone::field("`facts.level` is not yours")), ["level"]);
        assert_eq!(named(NotDone::field("the last day is before the first")), [""; 0]);
        assert_eq!(named(NotDone::not_found("`card` is no move")), [""; 0]);
        let of_pack = |errors| NotDone::of_pack(Problem::Fields, "`files`: wrong".to_owned(), errors);
        assert_eq!(
            named(of_pack(vec![json!({ "field": "a" }), json!({ "reason": "x" }), json!({ "field": "b" })])),
            ["a", "b"]
        );
        assert_eq!(named(of_pack(Vec::new())), ["files"]);
    }

    #[test]
    fn a_matter_and_a_statement_say_everything_that_is_wrong_and_the_first_in_words() {
        let reject = |field: Option<&str>, reason: &str| Reject {
            file: "-".to_owned(),
            position: Position::Line { line: 1 },
            field: field.map(str::to_owned),
            reason: reason.to_owned(),
            raw: String::new(),
        };
        let told = NotDone::matter(vec![reject(Some("hs_code"), "is short"), reject(None, "is no object")]);
        assert_eq!((told.problem(), told.detail()), (Problem::Matter, "is short"));
        assert_eq!(fields(&told), [json!("hs_code"), Value::Null]);
        assert_eq!(told.errors()[1]["reason"], "is no object");
        assert_eq!(told.fields(), ["hs_code"]);
        let fault = |field: &str, reason: &str| (field.to_owned(), reason.to_owned());
        let told = NotDone::statement(vec![fault("", "is empty"), fault("level", "is unknown")]);
        assert_eq!((told.problem(), told.detail()), (Problem::Statement, "is empty"));
        assert_eq!(fields(&told), [Value::Null, json!("level")]);
        assert_eq!(told.errors()[1]["reason"], "is unknown");
        assert_eq!(NotDone::matter(Vec::new()).detail(), "");
    }
}
