//! An officer is drawn out of those of the office, by the key of the day (双随机).

use std::collections::BTreeSet;

use greenlane_access::{ALL_OFFICES, Role};
use greenlane_casework::OfficerDraw;
use greenlane_selection::{Epoch, NobodyEligible, OfficerDrawer};
use greenlane_store::{Account, KeptTask, TaskCommand};
use greenlane_terms::numbers::AccountNumber;

use crate::desk::Desk;
use crate::not_done::NotDone;
use crate::problem::Problem;

/// Accounts that are read at a time.
const PAGE: u32 = 1_000;

/// Who is drawn for a task with the key of the day, and the proof: day, basis, who was left out, and everyone eligible with their draw.
pub(super) async fn drawn_for(
    desk: &Desk,
    kept: &KeptTask,
    except: Vec<String>,
) -> Result<TaskCommand, NotDone> {
    let except: BTreeSet<String> = except.into_iter().collect();
    let mut eligible = officers(desk, &kept.of.office.to_string()).await?;
    eligible.retain(|login| !except.contains(login));
    let day = desk.epochs.drawing().await?;
    let (epoch, law) = (Epoch::new(day.date()), desk.laws.in_force());
    let (draws, basis) = (&desk.draws, law.engine.pack.hash.as_str());
    let drawer = OfficerDrawer::new(&draws.master.epoch_key(draws.algorithm, epoch), basis);
    let pick = drawer.pick(&kept.of.matter, &eligible).map_err(nobody)?;
    let (officer, basis) = (pick.chosen.clone(), basis.to_owned());
    let proof = OfficerDraw { epoch, algorithm: draws.algorithm, basis, except, pick };
    Ok(TaskCommand::Draw { officer, proof, on: day })
}

/// Logins of the officers of an office.
async fn officers(desk: &Desk, office: &str) -> Result<Vec<String>, NotDone> {
    let serves = |account: &Account| {
        let has = |role: &String| role == Role::Officer.name();
        let at = |one: &String| one == office || one == ALL_OFFICES;
        !account.disabled
            && !account.of.machine
            && account.of.roles.iter().any(has)
            && account.of.offices.iter().any(at)
    };
    let (mut found, mut after) = (Vec::new(), AccountNumber::new(0));
    loop {
        let page = desk.reading().accounts(after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(found) };
        after = last.number;
        found.extend(page.into_iter().filter(serves).map(|account| account.of.login));
    }
}

fn nobody(error: NobodyEligible) -> NotDone {
    NotDone::new(Problem::NobodyEligible, error.to_string())
}
