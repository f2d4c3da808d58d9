//! Anyone's check of draws and picks once the epoch key is revealed, naming the part that does not match.

use greenlane_policy::units::Rate;
use greenlane_terms::Stage;

use crate::draw::{Draw, Drawer};
use crate::keys::{Commitment, Epoch, EpochKey};
use crate::officers::{OfficerDrawer, OfficerPick, canonical, lowest};

/// The revealed key is not the one committed to before its epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key revealed for {epoch} has commitment {computed}, but {published} was published")]
pub struct KeyNotCommitted {
    /// The day.
    pub epoch: Epoch,
    /// The commitment published before the day.
    pub published: Commitment,
    /// The commitment of the key that was revealed.
    pub computed: Commitment,
}

/// What an authority says about one draw.
#[derive(Clone, Copy, Debug)]
pub struct DrawClaim<'a> {
    /// Hash of the pack, or label of the comparison, as in [`Drawer::new`].
    pub basis: &'a str,
    /// The stage.
    pub stage: Stage,
    /// The matter.
    pub matter_id: &'a str,
    /// The rate set for the matter. That the pack sets this rate is not checked here.
    pub rate: Rate,
    /// The draw.
    pub draw: Draw,
    /// Whether the matter was selected.
    pub selected: bool,
}

/// The part of a [`DrawClaim`] that does not match.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DrawMismatch {
    /// Key, basis, stage and matter give another draw.
    #[error("the {stage} draw of matter `{matter_id}` is {}, not {}", recomputed.to_hex(), claimed.to_hex())]
    Draw {
        /// The stage.
        stage: Stage,
        /// The matter.
        matter_id: String,
        /// The draw claimed.
        claimed: Draw,
        /// The draw recomputed.
        recomputed: Draw,
    },
    /// The draw is right, but the rate leads to the opposite outcome.
    #[error(
        "the {stage} draw {draw} of matter `{matter_id}` at rate {rate} means {}, not {}",
        outcome(!claimed), outcome(*claimed)
    )]
    Outcome {
        /// The stage.
        stage: Stage,
        /// The matter.
        matter_id: String,
        /// The draw, claimed and recomputed.
        draw: Draw,
        /// The rate claimed.
        rate: Rate,
        /// Whether the claim says selected.
        claimed: bool,
    },
}

/// The part of an [`OfficerPick`] that does not match.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PickMismatch {
    /// The list of the proof is not the list of eligible officers, in byte order and each once.
    #[error("for matter `{matter_id}`, {eligible:?} were eligible, but the proof lists {listed:?}")]
    List {
        /// The matter.
        matter_id: String,
        /// Who was eligible, in byte order.
        eligible: Vec<String>,
        /// Whom the proof lists.
        listed: Vec<String>,
    },
    /// An officer's draw is another.
    #[error("the draw of officer `{officer}` for matter `{matter_id}` is {}, not {}", recomputed.to_hex(), claimed.to_hex())]
    Draw {
        /// The matter.
        matter_id: String,
        /// The officer.
        officer: String,
        /// The draw claimed.
        claimed: Draw,
        /// The draw recomputed.
        recomputed: Draw,
    },
    /// The officer named is not the one with the lowest draw.
    #[error("officer `{lowest}` has the lowest draw for matter `{matter_id}`, not `{claimed}`")]
    Chosen {
        /// The matter.
        matter_id: String,
        /// The officer claimed.
        claimed: String,
        /// The officer with the lowest draw.
        lowest: String,
    },
    /// The list of eligible officers is empty, so nobody can have been picked.
    #[error("nobody was eligible for matter `{matter_id}`, but `{claimed}` was picked")]
    Nobody {
        /// The matter.
        matter_id: String,
        /// The officer claimed.
        claimed: String,
    },
}

/// An epoch whose revealed key is the one committed to; the only way to verify, so no check can skip that
/// step.
#[derive(Clone, Debug)]
pub struct OpenedEpoch {
    key: EpochKey,
}

impl OpenedEpoch {
    /// Checks a revealed key against the commitment published before `epoch`.
    ///
    /// That the commitment was published in time is for the log to show.
    ///
    /// # Errors
    /// [`KeyNotCommitted`] if another key, day or algorithm was committed to.
    pub fn open(epoch: Epoch, published: &Commitment, key: EpochKey) -> Result<OpenedEpoch, KeyNotCommitted> {
        if published.matches(epoch, &key) {
            return Ok(OpenedEpoch { key });
        }
        Err(KeyNotCommitted { epoch, published: *published, computed: Commitment::of(epoch, &key) })
    }

    /// Recomputes a draw and its outcome.
    ///
    /// # Errors
    /// [`DrawMismatch`] names the first part that differs: the draw, then the outcome.
    pub fn verify_draw(&self, claim: &DrawClaim<'_>) -> Result<(), DrawMismatch> {
        let &DrawClaim { basis, stage, matter_id, rate, draw, selected } = claim;
        let recomputed = Drawer::new(&self.key, basis, stage).draw(matter_id);
        let matter_id = || matter_id.to_owned();
        if recomputed != draw {
            return Err(DrawMismatch::Draw { stage, matter_id: matter_id(), claimed: draw, recomputed });
        }
        if draw.selects(rate) != selected {
            return Err(DrawMismatch::Outcome {
                stage,
                matter_id: matter_id(),
                draw,
                rate,
                claimed: selected,
            });
        }
        Ok(())
    }

    /// Recomputes a pick of an officer. `eligible` comes from the record of who was eligible, not from the
    /// proof.
    ///
    /// # Errors
    /// [`PickMismatch`] names the first part that differs: the list, a draw, then the officer picked.
    pub fn verify_pick<S: AsRef<str>>(
        &self,
        basis: &str,
        matter_id: &str,
        eligible: &[S],
        pick: &OfficerPick,
    ) -> Result<(), PickMismatch> {
        let matter_id_owned = || matter_id.to_owned();
        let eligible = canonical(eligible);
        let listed: Vec<&str> = pick.candidates.iter().map(|candidate| candidate.officer.as_str()).collect();
        if listed != eligible {
            let owned = |ids: Vec<&str>| ids.into_iter().map(str::to_owned).collect();
            let (eligible, listed) = (owned(eligible), owned(listed));
            return Err(PickMismatch::List { matter_id: matter_id_owned(), eligible, listed });
        }
        let drawer = OfficerDrawer::new(&self.key, basis);
        for candidate in &pick.candidates {
            let recomputed = drawer.draw(matter_id, &candidate.officer);
            if recomputed != candidate.draw {
                let (officer, claimed) = (candidate.officer.clone(), candidate.draw);
                return Err(PickMismatch::Draw {
                    matter_id: matter_id_owned(),
                    officer,
                    claimed,
                    recomputed,
                });
            }
        }
        let (matter_id, claimed) = (matter_id_owned(), pick.chosen.clone());
        match lowest(&pick.candidates) {
            Some(lowest) if lowest.officer == pick.chosen => Ok(()),
            Some(lowest) => Err(PickMismatch::Chosen { matter_id, claimed, lowest: lowest.officer.clone() }),
            None => Err(PickMismatch::Nobody { matter_id, claimed }),
        }
    }
}

fn outcome(selected: bool) -> &'static str {
    if selected { "selected" } else { "not selected" }
}
