//! Moves of applications: row, registry and entries of the log in one transaction.

use greenlane_casework::{
    Application, ApplicationBody, ApplicationError, ApplicationKind, ApplicationMade, ApplicationStep, By,
    Made, Rank, Telling, Turn, stands_at, telling,
};
use greenlane_database::log::RequestKey;
use greenlane_database::{Database, StoreError, Tx, inside};
use greenlane_ledger::Entry;
use greenlane_terms::calendar::Day;
use greenlane_terms::numbers::{ApplicationNumber, EntryNumber};

use super::CaseworkError;
use super::in_turn::InTurn;
use crate::applications::{
    ApplicationMove, At, Decided, KeptApplication, MovedApplication, NewApplication, entry, make, rows, said,
    sealed, touch,
};
use crate::registry::{Author, Change, NewRecord, RecordKind, end_record, record_within};

/// An application that goes first stands as if it had been submitted a century earlier: before every one that does not.
const CENTURY_US: i64 = 100 * 366 * 86_400 * 1_000_000;

/// Makes a draft.
pub(crate) async fn create(
    database: &Database,
    new: NewApplication,
    author: &Author,
    seal: [u8; 32],
    request: Option<RequestKey>,
    at_us: i64,
) -> Result<MovedApplication, CaseworkError> {
    let mut turn = InTurn::of_casework(database).await?;
    if let Some((first, _)) = turn.before(request.as_ref()).await? {
        return made_before(turn.tx(), first).await;
    }
    let application = Application::draft(new.kind);
    let kept = KeptApplication {
        number: rows::next_number(turn.tx()).await?,
        seal: application.is_private().then_some(seal),
        application,
        of: new,
        stands_at: None,
        decision: None,
        record: None,
        author: Some(author.person.clone()),
        touched_us: at_us,
        unchecked: true,
        look_on: None,
        opened_us: at_us,
        moved_us: at_us,
    };
    rows::add(turn.tx(), &kept).await?;
    let body = created(&kept, &author.person, &author.ground);
    let entry = turn.end(vec![entry(&kept, &body, at_us)], request, at_us).await?;
    Ok(MovedApplication { application: kept, entry })
}

/// What the log says about a new application: it can be said again when a draft that was sealed is submitted.
fn created(kept: &KeptApplication, person: &str, ground: &str) -> ApplicationBody {
    let author = Author { person: person.to_owned(), ground: ground.to_owned() };
    let facts = Some(kept.of.facts.clone());
    ApplicationBody { facts, ..said(kept, ApplicationMade::Create, &author) }
}

/// The application that an earlier call with the same idempotency key made: its entry names it.
async fn made_before(tx: &mut Tx, first: u64) -> Result<MovedApplication, CaseworkError> {
    let sql = "SELECT subject FROM log WHERE seq = $1";
    let subject: Option<String> =
        inside!(tx, c => sqlx::query_scalar(sql).bind(first.cast_signed()).fetch_optional(c).await?);
    let unreadable =
        || StoreError::damaged(format!("entry {first}, which answered a request, names nothing"));
    let subject = subject.ok_or_else(unreadable)?;
    let number = subject.strip_prefix("application/").ok_or(CaseworkError::KeyUsedOtherwise)?;
    let number = ApplicationNumber::new(number.parse().map_err(|_| unreadable())?);
    let application = rows::locked(tx, number).await?.ok_or(CaseworkError::NoApplication { number })?;
    Ok(MovedApplication { application, entry: Some(EntryNumber::new(first)) })
}

/// Makes a person's move.
pub(crate) async fn move_application(
    database: &Database,
    number: ApplicationNumber,
    step: &ApplicationMove,
    author: &Author,
    at: At,
) -> Result<MovedApplication, CaseworkError> {
    let (mut turn, mut kept) = in_turn(database, number, at).await?;
    let made = by_person(turn.tx(), &kept, step, author, at).await?;
    let before = kept.clone();
    kept.of.facts.extend(step.facts.clone());
    // Whoever decides it at this moment does not know the move.
    touch(&mut kept, at.us);
    let mut body = change(&mut turn, &mut kept, made, Some(step), None, author, at).await?;
    if !kept.application.is_private() {
        let created = |draft: &KeptApplication| created(draft, draft.author.as_deref().unwrap_or(""), "");
        body.opened = sealed::opened(&before, created);
    }
    let entries = vec![entry(&kept, &body, at.us)];
    end(turn, kept, entries, at).await
}

/// Lets happen what happens by itself on a day. `decided` counts as long as nothing has changed since; `None` comes back if
/// something has.
pub(crate) async fn look_at(
    database: &Database,
    number: ApplicationNumber,
    decided: Decided,
    at: At,
) -> Result<Option<MovedApplication>, CaseworkError> {
    let (mut turn, mut kept) = in_turn(database, number, at).await?;
    if decided.touched_us != kept.touched_us {
        return Ok(None);
    }
    let (after, moves) = kept.application.by_itself(at.today, at.notice_days, decided.verdict.as_ref());
    let mut entries = Vec::new();
    for made in moves {
        let body = change(&mut turn, &mut kept, made, None, decided.entry, &Author::itself(""), at).await?;
        entries.push(entry(&kept, &body, at.us));
    }
    kept.application = after;
    kept.decision = decided.entry.or(kept.decision);
    kept.unchecked = false;
    end(turn, kept, entries, at).await.map(Some)
}

/// A transaction in its turn, with the application.
async fn in_turn(
    database: &Database,
    number: ApplicationNumber,
    at: At,
) -> Result<(InTurn, KeptApplication), CaseworkError> {
    let none = || CaseworkError::NoApplication { number };
    let kind = rows::by_number(database, number).await?.ok_or_else(none)?.of.kind;
    let mut turn = match kind {
        // Their moves may tell the registry something.
        ApplicationKind::Admission | ApplicationKind::CarrierUndertaking => {
            InTurn::of_registry(database, at.us).await?
        }
        _ => InTurn::of_casework(database).await?,
    };
    let kept = rows::locked(turn.tx(), number).await?.ok_or_else(none)?;
    Ok((turn, kept))
}

async fn end(
    mut turn: InTurn,
    mut kept: KeptApplication,
    entries: Vec<Entry>,
    at: At,
) -> Result<MovedApplication, CaseworkError> {
    settle(&mut kept, at);
    rows::write(turn.tx(), &kept).await?;
    let entry = turn.end(entries, None, at.us).await?;
    Ok(MovedApplication { application: kept, entry })
}

/// Checks a person's move.
async fn by_person(
    tx: &mut Tx,
    kept: &KeptApplication,
    step: &ApplicationMove,
    author: &Author,
    at: At,
) -> Result<Made, CaseworkError> {
    let number = kept.number;
    let refused = |error: ApplicationError| CaseworkError::Application { number, error: Box::new(error) };
    let by = By { actor: step.actor, person: &author.person };
    let made = kept.application.moved(step.step, by, step.given, at.today).map_err(refused)?;
    if kept.of.kind == ApplicationKind::Admission && made.step == ApplicationStep::Admit {
        let (admitted, next) = rows::admissions(tx, kept.of.programme.as_deref(), kept.of.office).await?;
        let turn = Turn { next: next.filter(|next| *next != number), admitted, places: step.places };
        turn.check().map_err(|error| refused(error.into()))?;
    }
    Ok(made)
}

/// Where it stands, and when it has to be looked at next.
fn settle(kept: &mut KeptApplication, at: At) {
    if kept.application.submitted_on.is_some() {
        let rank = if kept.application.goes_first { Rank::First } else { Rank::Ordinary };
        // A place before 1970 is that of one that goes first.
        let submitted_us = match kept.stands_at {
            None => at.us,
            Some(place) if place < 0 => place.saturating_add(CENTURY_US),
            Some(place) => place,
        };
        kept.stands_at = Some(stands_at(rank, submitted_us, CENTURY_US));
    }
    kept.look_on = kept.application.next_look(at.notice_days);
}

/// Makes a move and tells the registry; what the log has to say about it.
async fn change(
    turn: &mut InTurn,
    kept: &mut KeptApplication,
    made: Made,
    step: Option<&ApplicationMove>,
    decision: Option<EntryNumber>,
    author: &Author,
    at: At,
) -> Result<ApplicationBody, CaseworkError> {
    let told = telling(&made, kept.of.programme.as_deref(), at.today);
    if let (Some(told), Some(change)) = (told, turn.change()) {
        tell(change, kept, told, author, at.today).await?;
    }
    let facts = step.map(|step| step.facts.clone()).filter(|facts| !facts.is_empty());
    let on = step.and_then(|step| step.given.on);
    let body = make(kept, made, author, at.us);
    Ok(ApplicationBody { decision: Some(decision), facts, on, ..body })
}

/// Records that it counts in decisions, or that it does no longer.
async fn tell(
    change: &mut Change,
    kept: &mut KeptApplication,
    told: Telling,
    author: &Author,
    today: Day,
) -> Result<(), CaseworkError> {
    let author = Author { person: author.person.clone(), ground: format!("application/{}", kept.number) };
    match told {
        Telling::Begins { fact, from, to } => {
            let record = NewRecord {
                kind: RecordKind::Registration,
                valid_from: from,
                valid_to: to,
                facts: vec![(fact.to_owned(), Some("true".to_owned()))],
                related: None,
            };
            kept.record = Some(record_within(change, kept.of.enterprise, &record, &author).await?);
        }
        Telling::Ends => {
            if let Some(record) = kept.record.take() {
                end_record(change, kept.of.enterprise, record, today, &author).await?;
            }
        }
    }
    Ok(())
}

/// Looks at an application again on a day, since it cannot be looked at now.
pub(crate) async fn postpone(
    database: &Database,
    number: ApplicationNumber,
    until: Day,
) -> Result<(), CaseworkError> {
    let mut turn = InTurn::of_casework(database).await?;
    let kept = rows::locked(turn.tx(), number).await?;
    let mut kept = kept.ok_or(CaseworkError::NoApplication { number })?;
    (kept.unchecked, kept.look_on) = (false, Some(until));
    rows::write(turn.tx(), &kept).await?;
    turn.end(Vec::new(), None, 0).await.map(|_| ())
}
