//! Matters: under which id they are kept, and to which office they belong.

use std::borrow::Cow;

use greenlane_access::{Action, Resource};
use greenlane_intake::canonical::{canonical_declaration, canonical_id};
use greenlane_intake::identifiers::numbered_office;
use greenlane_store::Kind;
use greenlane_store::registry::Author;
use greenlane_terms::Office;
use greenlane_terms::numbers::EntryNumber;

use crate::caller::Caller;
use crate::desk::Desk;
use crate::not_done::NotDone;

/// Moves a matter to another office, by the caller's order: its entry in the log, and the office that it belonged to.
///
/// # Errors
/// The caller may not, there is no such matter, or a task of it is in hand.
pub async fn move_matter(
    desk: &Desk,
    caller: &Caller,
    matter: &str,
    to: Office,
    ground: String,
) -> Result<(EntryNumber, Office), NotDone> {
    let from = belongs_to(desk, caller, matter).await?;
    let own = Resource::Matter { office: Some(from.to_string()), parties: Vec::new() };
    let right = caller.right(Action::DirectWork, &own)?;
    if from == to {
        let office = to.to_string();
        return Err(NotDone::field(format!("`office` is `{office}`, to which the matter belongs already")));
    }
    let author = Author { person: caller.person().to_owned(), ground };
    Ok((desk.writing(right).move_matter(matter, (from, to), &author, desk.clock.now_us()).await?, from))
}

/// The office of a matter that was decided and that the caller may read; nothing tells others whether there is one.
async fn belongs_to(desk: &Desk, caller: &Caller, matter: &str) -> Result<Office, NotDone> {
    let nothing = || NotDone::not_found("there is no such matter");
    let given = desk.reading().matter_office(matter).await?;
    let office = given.or_else(|| numbered_office(matter)).ok_or_else(nothing)?;
    let resource = Resource::Matter { office: Some(office.to_string()), parties: Vec::new() };
    let decided = desk.reading().entries_about(matter, Some(Kind::Decision), 1).await?;
    if decided.is_empty() || !caller.can(Action::ReadMatter, &resource) {
        return Err(nothing());
    }
    Ok(office)
}

/// The id under which decisions about a matter are kept, however somebody writes it; the text itself if there are none.
///
/// # Errors
/// The database refuses.
pub async fn kept_id(desk: &Desk, written: String) -> Result<String, NotDone> {
    let forms = [canonical_id(&written).ok().map(Cow::into_owned), canonical_declaration(&written).ok()];
    for id in forms.into_iter().flatten() {
        if !desk.reading().entries_about(&id, Some(Kind::Decision), 1).await?.is_empty() {
            return Ok(id);
        }
    }
    Ok(written)
}
