//! An inspection lot (检验批, article 2): its first declaration is inspected on site, later ones go by their documents.
//!
//! One lot is goods of one producer, one process, one composition and hazard. It holds for a time, and a failed inspection
//! ends it: then the next declaration is inspected on site again, as the first of another round.

use greenlane_terms::calendar::Day;

use crate::machine::{Rule, machine, rule};

machine! {
    /// How far a lot has come.
    LotState ("检验批", "lot") {
        /// No declaration of it has come yet, or the first one was taken back.
        Untested "untested" "待首批" "untested",
        /// Its first declaration is inspected.
        Testing "testing" "首批查验中" "being tested",
        /// The first declaration passed.
        Valid "valid" "有效" "valid",
        /// An inspection failed.
        Disqualified "disqualified" "不合格" "disqualified",
        /// Its time is over.
        Expired "expired" "已到期" "expired",
    }
    /// What happens to a lot.
    LotMove {
        /// A declaration comes that has to be inspected on site.
        Begin "begin" "首批申报" "begin",
        /// Its first declaration passed.
        Pass "pass" "合格" "pass",
        /// An inspection failed.
        Fail "fail" "不合格" "fail",
        /// Its first declaration is not inspected after all.
        TakeBack "take_back" "首批撤销" "take_back",
        /// Its time is over.
        Expire "expire" "到期" "expire",
    }
    Untested Begin => Testing [System] "2a" "首个申报批" "the first declaration";
    Testing Pass => Valid [Officer] "2a" "首个申报批现场检验无查发" "nothing found in its first declaration on site";
    Testing Fail => Disqualified [Officer] "2a" "检验不合格" "something found";
    Testing TakeBack => Untested [Supervisor] "2a" "首个申报批的任务已撤销" "the task of its first declaration is withdrawn";
    Testing Expire => Expired [System] "2a" "有效期已过" "its validity is over";
    Valid Fail => Disqualified [Officer] "2a" "检验不合格" "something found";
    Valid Expire => Expired [System] "2a" "有效期已过" "its validity is over";
    Disqualified Begin => Testing [System] "2a" "下一申报批" "the next declaration";
    Expired Begin => Testing [System] "2a" "下一申报批" "the next declaration";
}

/// The place of a declaration in its lot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// Inspected on site.
    First,
    /// By its documents.
    Later,
}

/// An inspection lot as far as its moves go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lot {
    /// How far it has come.
    pub state: LotState,
    /// How often it began; what is found in an earlier round no longer passes it.
    pub round: u32,
    /// The first declaration (goods item) of this round.
    pub first: Option<String>,
    /// Last day of this round.
    pub valid_to: Option<Day>,
}

impl Lot {
    /// A lot of which no declaration has come.
    #[must_use]
    pub fn untested() -> Lot {
        Lot { state: LotState::Untested, round: 0, first: None, valid_to: None }
    }

    /// The place of a declaration of `day`, and every move that it makes, each with the lot after it. A round that begins
    /// holds until `valid_to`. A declaration that is decided again keeps its place as long as its round lasts.
    #[must_use]
    pub fn place(&self, matter: &str, day: Day, valid_to: Option<Day>) -> (Place, Vec<(LotMove, Lot)>) {
        let mut moves = Vec::new();
        let mut lot = self.clone();
        if lot.valid_to.is_some_and(|last| last < day)
            && let Ok(rule) = rule(lot.state, LotMove::Expire)
        {
            lot.state = rule.to;
            moves.push((LotMove::Expire, lot.clone()));
        }
        match rule(lot.state, LotMove::Begin) {
            Ok(rule) => {
                let first = Some(matter.to_owned());
                let begun = Lot { state: rule.to, round: lot.round.saturating_add(1), first, valid_to };
                moves.push((LotMove::Begin, begun));
                (Place::First, moves)
            }
            Err(_) if lot.first.as_deref() == Some(matter) => (Place::First, moves),
            Err(_) => (Place::Later, moves),
        }
    }

    /// What an inspection of a declaration of round `round` does to the lot; `None`: nothing.
    #[must_use]
    pub fn inspected(&self, matter: &str, round: u32, is_finding: bool) -> Option<(LotMove, Lot)> {
        let step = if is_finding { LotMove::Fail } else { LotMove::Pass };
        let counts = is_finding || self.is_first(matter, round);
        let rule = rule(self.state, step).ok().filter(|_| counts)?;
        Some((step, self.after(rule)))
    }

    /// What it does to the lot that the task of a declaration is withdrawn; `None`: nothing.
    #[must_use]
    pub fn withdrawn(&self, matter: &str, round: u32) -> Option<(LotMove, Lot)> {
        let rule = rule(self.state, LotMove::TakeBack).ok().filter(|_| self.is_first(matter, round))?;
        Some((LotMove::TakeBack, Lot { first: None, valid_to: None, ..self.after(rule) }))
    }

    fn is_first(&self, matter: &str, round: u32) -> bool {
        self.round == round && self.first.as_deref() == Some(matter)
    }

    fn after(&self, rule: &Rule<LotState>) -> Lot {
        Lot { state: rule.to, ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(moves: &[(LotMove, Lot)]) -> Vec<LotMove> {
        moves.iter().map(|(step, _)| *step).collect()
    }

    /// A lot whose first declaration `A` came on day 100 and which holds until day 280.
    fn begun() -> Lot {
        let (place, moves) = Lot::untested().place("A", Day(100), Some(Day(280)));
        assert_eq!((place, steps(&moves)), (Place::First, vec![LotMove::Begin]));
        moves.into_iter().last().unwrap().1
    }

    fn valid() -> Lot {
        begun().inspected("A", 1, false).unwrap().1
    }

    #[test]
    fn one_declaration_is_the_first_and_stays_it_when_it_is_decided_again() {
        for lot in [begun(), valid()] {
            assert_eq!(lot.place("B", Day(101), Some(Day(281))), (Place::Later, vec![]));
            assert_eq!(lot.place("A", Day(101), Some(Day(281))), (Place::First, vec![]));
        }
    }

    #[test]
    fn the_last_day_of_a_lot_still_counts_and_the_day_after_does_not() {
        assert_eq!(valid().place("B", Day(279), Some(Day(9))).0, Place::Later);
        assert_eq!(valid().place("B", Day(280), Some(Day(9))).0, Place::Later);
        let (place, moves) = valid().place("B", Day(281), Some(Day(460)));
        assert_eq!((place, steps(&moves)), (Place::First, vec![LotMove::Expire, LotMove::Begin]));
        let lot = &moves[1].1;
        assert_eq!((lot.round, lot.first.as_deref(), lot.valid_to), (2, Some("B"), Some(Day(460))));
    }

    #[test]
    fn after_a_failure_the_next_declaration_is_inspected_on_site_and_brings_the_lot_back() {
        let (step, failed) = valid().inspected("C", 1, true).unwrap();
        assert_eq!((step, failed.state), (LotMove::Fail, LotState::Disqualified));
        let (place, moves) = failed.place("D", Day(120), Some(Day(300)));
        assert_eq!((place, steps(&moves)), (Place::First, vec![LotMove::Begin]));
        let again = &moves[0].1;
        assert_eq!(again.inspected("D", 2, false).unwrap().1.state, LotState::Valid);
    }

    #[test]
    fn an_earlier_round_no_longer_passes_a_lot_but_still_fails_it() {
        let second = valid().inspected("C", 1, true).unwrap().1.place("D", Day(120), None).1.remove(0).1;
        assert_eq!(second.inspected("A", 1, false), None);
        assert_eq!(second.inspected("E", 2, false), None, "a later declaration passes nothing");
        assert_eq!(second.inspected("B", 1, true).unwrap().1.state, LotState::Disqualified);
    }

    #[test]
    fn when_the_first_is_taken_back_the_next_one_is_the_first() {
        let (step, lot) = begun().withdrawn("A", 1).unwrap();
        assert_eq!((step, lot.state), (LotMove::TakeBack, LotState::Untested));
        assert_eq!(lot.place("B", Day(101), Some(Day(281))).0, Place::First);
        assert_eq!(begun().withdrawn("B", 1), None);
        assert_eq!(valid().withdrawn("A", 1), None);
    }
}
