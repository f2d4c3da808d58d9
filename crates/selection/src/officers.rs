//! One officer drawn out of those eligible (双随机: matters at random, officers at random), with proof.

use greenlane_terms::Stage;
use serde::{Deserialize, Serialize};

use crate::draw::{Draw, Drawer};
use crate::keys::EpochKey;

/// An eligible officer and the draw of that officer for the matter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// Officer id, compared byte by byte.
    pub officer: String,
    /// The officer's draw for the matter.
    pub draw: Draw,
}

/// A pick and its proof: everyone eligible with their draw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfficerPick {
    /// Id of the officer picked: the lowest draw, and of equal draws the first id.
    pub chosen: String,
    /// Everyone eligible, each once, in the byte order of their ids.
    pub candidates: Vec<Candidate>,
}

/// The list of eligible officers is empty.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no officer is eligible for matter `{matter_id}`")]
pub struct NobodyEligible {
    /// The matter.
    pub matter_id: String,
}

/// Draws officers under one epoch key and basis.
///
/// Each officer's draw depends on the matter and that officer only: whether others are on the list, and in
/// which order, changes nothing, and taking away someone who was not picked never changes the pick.
#[derive(Clone, Debug)]
pub struct OfficerDrawer(Drawer);

impl OfficerDrawer {
    /// Prepares draws; `basis` as in [`Drawer::new`].
    #[must_use]
    pub fn new(key: &EpochKey, basis: &str) -> OfficerDrawer {
        OfficerDrawer(Drawer::new(key, basis, Stage::Officer))
    }

    /// The draw of one officer for a matter: as [`Drawer::draw`], with the officer id as one more field.
    #[must_use]
    pub fn draw(&self, matter_id: &str, officer: &str) -> Draw {
        self.0.draw_fields(&[matter_id, officer])
    }

    /// Picks one of the `eligible` officers, each of whom has the same chance. Order and repetitions do not
    /// matter.
    ///
    /// # Errors
    /// [`NobodyEligible`] if the list is empty.
    pub fn pick<S: AsRef<str>>(
        &self,
        matter_id: &str,
        eligible: &[S],
    ) -> Result<OfficerPick, NobodyEligible> {
        let candidates = self.candidates(matter_id, eligible);
        match lowest(&candidates) {
            Some(lowest) => Ok(OfficerPick { chosen: lowest.officer.clone(), candidates }),
            None => Err(NobodyEligible { matter_id: matter_id.to_owned() }),
        }
    }

    fn candidates<S: AsRef<str>>(&self, matter_id: &str, eligible: &[S]) -> Vec<Candidate> {
        let drawn = canonical(eligible).into_iter();
        drawn.map(|id| Candidate { officer: id.to_owned(), draw: self.draw(matter_id, id) }).collect()
    }
}

/// The ids in byte order, each once.
pub(crate) fn canonical<S: AsRef<str>>(eligible: &[S]) -> Vec<&str> {
    let mut ids: Vec<&str> = eligible.iter().map(AsRef::as_ref).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Who has the lowest draw; of equal draws, the first id.
pub(crate) fn lowest(candidates: &[Candidate]) -> Option<&Candidate> {
    candidates.iter().min_by(|a, b| (a.draw, &a.officer).cmp(&(b.draw, &b.officer)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::{Algorithm, MasterKey};

    const MATTER: &str = "530120250000000001";
    const OFFICERS: [&str; 4] = ["wang", "li", "赵", "chen"];

    fn drawer() -> OfficerDrawer {
        let master = MasterKey::new(std::array::from_fn(|i| i as u8));
        let key = master.epoch_key(Algorithm::HmacSha256, "2025-11-24".parse().unwrap());
        OfficerDrawer::new(&key, "4862f447f2c7f272fa2f4aaf89dadb3b1ac09105bd5864f8d1a0c9452bb0a226")
    }

    /// Expected values from Python's `hmac` over OpenSSL.
    #[test]
    fn the_officer_with_the_lowest_draw_is_picked_and_the_list_shows_why() {
        let pick = drawer().pick(MATTER, &OFFICERS).unwrap();
        let list = pick.candidates.iter().map(|c| format!("{} {}", c.officer, c.draw.to_hex()));
        let expected =
            ["chen 36ad467cf9130de9", "li 42a23000d4b0f976", "wang e6688fb7d45f05dd", "赵 de8e77eed1073579"];
        assert_eq!(list.collect::<Vec<_>>(), expected);
        assert_eq!(pick.chosen, "chen");
    }

    #[test]
    fn order_and_repetition_of_the_list_do_not_change_the_pick() {
        let pick = drawer().pick(MATTER, &OFFICERS).unwrap();
        assert_eq!(drawer().pick(MATTER, &["chen", "赵", "li", "wang", "wang", "li"]).unwrap(), pick);
    }

    #[test]
    fn of_equal_draws_the_first_id_wins_in_any_order() {
        let candidate = |id: &str| Candidate { officer: id.to_owned(), draw: Draw::from_u64(7) };
        let (a, b) = (candidate("a"), candidate("b"));
        assert_eq!(lowest(&[b.clone(), a.clone()]), Some(&a));
        assert_eq!(lowest(&[a.clone(), b]), Some(&a));
    }

    #[test]
    fn nobody_eligible_is_an_error_that_names_the_matter() {
        let error = drawer().pick::<&str>(MATTER, &[]).unwrap_err();
        assert_eq!(error.to_string(), format!("no officer is eligible for matter `{MATTER}`"));
    }

    /// Chi-square over 10 officers, 100,000 sequential matters; 44.81 is exceeded once in 10^6 (9 degrees of
    /// freedom).
    #[test]
    #[allow(clippy::float_arithmetic)]
    fn every_officer_is_picked_equally_often() {
        let officers: Vec<String> = (1..=10).map(|i| format!("officer-{i}")).collect();
        let drawer = drawer();
        let mut picks = BTreeMap::<String, u32>::new();
        for matter in 0..100_000 {
            *picks.entry(drawer.pick(&format!("M{matter:08}"), &officers).unwrap().chosen).or_default() += 1;
        }
        assert_eq!(picks.len(), 10);
        let chi_square: f64 = picks.values().map(|&n| (f64::from(n) - 10_000.0).powi(2) / 10_000.0).sum();
        assert!(chi_square < 44.81, "{chi_square}: {picks:?}");
    }

    proptest! {
        #[test]
        fn taking_away_someone_not_picked_never_changes_the_pick(
            matter: String,
            n in 2..20usize,
            away in 0..20usize,
        ) {
            let officers: Vec<String> = (0..n).map(|i| format!("officer-{i}")).collect();
            let chosen = drawer().pick(&matter, &officers).unwrap().chosen;
            let away = &officers[away % n];
            let rest: Vec<&String> = officers.iter().filter(|&id| id != away).collect();
            let chosen_of_rest = drawer().pick(&matter, &rest).unwrap().chosen;
            prop_assert_eq!(chosen_of_rest == chosen, *away != chosen);
        }
    }
}
