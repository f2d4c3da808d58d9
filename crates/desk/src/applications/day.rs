//! What a new day or a new law means for applications: a pilot ends, a number changes, a window of years moves on, and nobody has done
//! anything.

use std::collections::BTreeSet;

use greenlane_casework::ApplicationKind;
use greenlane_store::{ApplicationFilter, ApplicationOrder, CaseworkError, Drafts, KeptApplication};
use greenlane_terms::calendar::Day;
use greenlane_terms::numbers::{ApplicationNumber, PackNumber};

use super::{Applications, ApplicationsError};

/// Applications that are read at a time.
const PAGE: u32 = 500;

/// The day and the pack in force by which all applications were looked at.
pub(super) type LookedBy = (Day, PackNumber);

impl Applications {
    /// Looks at every application whose state rests on the law, once for each day and pack in force. It is decided for trial; if
    /// something follows, it is looked at as after any change, and if nothing does, nothing is kept. One that cannot be decided is
    /// told, and the others go on.
    ///
    /// # Errors
    /// The database refuses: all are looked at again next time.
    pub async fn look_at_the_day(&self) -> Result<(), ApplicationsError> {
        let by = (self.clock.today(), self.laws.in_force().number);
        let mut looked_by = self.looked_by.lock().await;
        if *looked_by == Some(by) {
            return Ok(());
        }
        let (filter, mut after) = (on_law(), ApplicationNumber::new(0));
        loop {
            let page = self.store.applications(&filter, ApplicationOrder::Number(after), PAGE).await;
            let page = page.map_err(CaseworkError::from)?;
            let Some(last) = page.last() else { break };
            after = last.number;
            for kept in page.iter().filter(|kept| kept.state().rests_on_law()) {
                match self.look_for_the_day(kept).await {
                    Ok(()) => {}
                    Err(error @ (ApplicationsError::Facts(_) | ApplicationsError::Law(_))) => {
                        tracing::warn!(%error, application = kept.number.get(), "an application cannot be looked at today");
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        *looked_by = Some(by);
        Ok(())
    }

    async fn look_for_the_day(&self, kept: &KeptApplication) -> Result<(), ApplicationsError> {
        let (verdict, _) = self.verdict(kept, true).await?;
        let at = self.at(kept);
        let (after, moves) = kept.application.by_itself(at.today, at.notice_days, Some(&verdict));
        if moves.is_empty() && after == kept.application {
            return Ok(());
        }
        self.look(kept.number).await.map(|_| ())
    }
}

/// Applications in a state of which some kind rests on the law, drafts among them.
fn on_law() -> ApplicationFilter {
    let of_kind = |kind: ApplicationKind| {
        let rests = move |name: &&str| kind.state(name).is_some_and(|state| state.rests_on_law());
        kind.states().into_iter().filter(rests)
    };
    let states: BTreeSet<&'static str> = ApplicationKind::ALL.iter().copied().flat_map(of_kind).collect();
    let states = states.into_iter().collect();
    ApplicationFilter { states, drafts: Drafts::Own, ..ApplicationFilter::default() }
}
