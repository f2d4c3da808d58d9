//! How applications rest when what they rest on changes, and what the log says about them.

use std::collections::BTreeSet;

use greenlane_casework::{ApplicationBody, ApplicationMade, Made};
use greenlane_database::{StoreError, Tx};
use greenlane_ledger::Entry;
use greenlane_terms::numbers::EnterpriseNumber;

use super::{KeptApplication, rows, sealed};
use crate::author::Author;
use crate::turn::{self, take_turn};

/// What applications rest on has changed: they are looked at again, and what is in force rests until then, from the same
/// transaction on.
pub(crate) async fn rest(
    tx: &mut Tx,
    enterprises: &BTreeSet<EnterpriseNumber>,
    at_us: i64,
) -> Result<Vec<Entry>, StoreError> {
    if enterprises.is_empty() {
        return Ok(Vec::new());
    }
    take_turn(tx).await?;
    let asked: Vec<EnterpriseNumber> = enterprises.iter().copied().collect();
    let mut entries = Vec::new();
    for mut kept in rows::open_of(tx, &asked).await? {
        touch(&mut kept, at_us);
        if let Some(made) = kept.application.touched() {
            let body = make(&mut kept, made, &Author::itself("registry"), at_us);
            entries.push(entry(&kept, &body, at_us));
        }
        rows::write(tx, &kept).await?;
    }
    Ok(entries)
}

/// Something that it rests on has changed: what was decided before counts for nothing.
pub(crate) fn touch(kept: &mut KeptApplication, at_us: i64) {
    kept.touched_us = at_us.max(kept.touched_us + 1);
    kept.unchecked = true;
}

/// Makes a move; what the log has to say about it.
pub(crate) fn make(kept: &mut KeptApplication, made: Made, author: &Author, at_us: i64) -> ApplicationBody {
    kept.application = made.application;
    kept.moved_us = at_us;
    let (from, measure) = (Some(made.from), Some(made.measure.to_owned()));
    ApplicationBody { from, measure, ..said(kept, ApplicationMade::Step(made.step), author) }
}

/// What the log says of any move, with the application as it is now.
pub(crate) fn said(kept: &KeptApplication, step: ApplicationMade, author: &Author) -> ApplicationBody {
    let (of, application) = (&kept.of, &kept.application);
    ApplicationBody {
        application: kept.number,
        kind: of.kind,
        applicant: of.applicant.clone(),
        office: of.office,
        programme: of.programme.clone(),
        to: application.state,
        due_on: application.due,
        valid_from: application.from,
        valid_to: application.to,
        person: author.person.clone(),
        ground: author.ground.clone(),
        step,
        from: None,
        measure: None,
        decision: None,
        facts: None,
        on: None,
        opened: None,
    }
}

/// The entry of the log about it.
pub(crate) fn entry(kept: &KeptApplication, body: &ApplicationBody, at_us: i64) -> Entry {
    turn::entry(format!("application/{}", kept.number), sealed::sealed(kept, body), at_us)
}
