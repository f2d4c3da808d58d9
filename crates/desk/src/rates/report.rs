//! What counted draws say: set and realised rates with bounds, and whether legal caps are kept.

use std::collections::BTreeMap;

use greenlane_policy::facts::FactType;
use greenlane_policy::pack::{Cap, Pack, RealisedCap, Unit};
use greenlane_policy::units::{Rate, Ratio};
use greenlane_selection::{CapState, DrawCounts, Limit};
use greenlane_store::RateKey;
use greenlane_terms::calendar::Day;
use greenlane_terms::{Office, RateStage};

use super::tally::lowers;

/// Chance that the bounds of one comparison ever miss, over all the draws of a year, however often one looks.
pub const ALPHA: f64 = 0.001;

/// What a year's draws say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    pub rates: Vec<Realised>,
    pub caps: Vec<KeptCap>,
}

/// Draws of one stage, goods class and level.
#[derive(Clone, Debug, PartialEq)]
pub struct Realised {
    /// `None`: all offices that were asked for, together.
    pub office: Option<Office>,
    pub stage: RateStage,
    /// Empty: none of the classes that are told apart.
    pub class: String,
    /// Empty: unknown.
    pub level: String,
    pub draws: DrawCounts,
}

/// A measure's legal cap on the rate of those who have it, at an office or at all together.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptCap {
    pub office: Option<Office>,
    /// Id of the measure.
    pub measure: String,
    pub stage: RateStage,
    /// `None`: goods of all classes together.
    pub class: Option<String>,
    /// Level of those it is compared with.
    pub against: String,
    pub cap: Cap,
    /// Draws with the measure.
    pub favoured: DrawCounts,
    /// Draws of that level without it.
    pub others: DrawCounts,
    pub state: CapState,
}

/// What counts say by the law of a day.
pub fn report(pack: &Pack, day: Day, counts: &BTreeMap<RateKey, DrawCounts>) -> Report {
    Report { rates: rates(counts), caps: caps(pack, day, counts) }
}

/// The office itself, and all of them together.
fn places(key: &RateKey) -> [Option<Office>; 2] {
    [None, Some(key.office)]
}

fn rates(counts: &BTreeMap<RateKey, DrawCounts>) -> Vec<Realised> {
    let mut found: BTreeMap<_, DrawCounts> = BTreeMap::new();
    for (key, count) in counts {
        for office in places(key) {
            let of = (office, key.stage, key.class.clone(), key.level.clone());
            found.entry(of).or_default().add(count);
        }
    }
    let one = |((office, stage, class, level), draws)| Realised { office, stage, class, level, draws };
    found.into_iter().map(one).collect()
}

fn caps(pack: &Pack, day: Day, counts: &BTreeMap<RateKey, DrawCounts>) -> Vec<KeptCap> {
    let Some(realised) = &pack.realised else { return Vec::new() };
    let FactType::Code(levels) = pack.facts.info(realised.level).fact_type else { return Vec::new() };
    let levels = &pack.facts.code_list(levels).codes;
    let stages = RateStage::ALL;
    let watched = realised.caps.iter().flat_map(|cap| stages.map(|stage| (cap, stage)));
    let watched = watched.filter_map(|(cap, stage)| {
        let [inspection, sampling] = pack.measures[cap.measure].rate_caps(&pack.parameters, day);
        let limit = if stage == RateStage::Inspection { inspection } else { sampling }?;
        let (against, _) = levels.get(usize::from(cap.against))?;
        lowers(pack, cap.measure, stage, day).then_some((cap, stage, limit, against))
    });
    watched.flat_map(|(cap, stage, limit, against)| kept(pack, cap, stage, limit, against, counts)).collect()
}

/// One cap at every office and in every class of goods where somebody has the measure.
fn kept(
    pack: &Pack,
    cap: &RealisedCap,
    stage: RateStage,
    limit: &Cap,
    against: &str,
    counts: &BTreeMap<RateKey, DrawCounts>,
) -> Vec<KeptCap> {
    let measure = &pack.measures[cap.measure];
    let mut found: BTreeMap<(Option<Office>, Option<String>), [DrawCounts; 2]> = BTreeMap::new();
    for (key, count) in counts.iter().filter(|(key, _)| key.stage == stage) {
        let has = key.measures.split(',').any(|id| id == measure.id);
        if !has && key.level != against {
            continue;
        }
        let class = (measure.unit == Unit::Item).then(|| key.class.clone());
        for office in places(key) {
            found.entry((office, class.clone())).or_default()[usize::from(!has)].add(count);
        }
    }
    let share = Rate::from_ratio(Ratio(limit.most)).unwrap_or(Rate::ALWAYS);
    let most = Limit { share, is_strict: limit.is_strict };
    let judged = found.into_iter().filter(|(_, [favoured, _])| favoured.draws() > 0);
    let judged = judged.map(|((office, class), [favoured, others])| KeptCap {
        office,
        measure: measure.id.clone(),
        stage,
        class,
        against: against.to_owned(),
        cap: limit.clone(),
        favoured,
        others,
        state: favoured.judge_against(&others, most, ALPHA),
    });
    judged.collect()
}

#[cfg(test)]
mod tests {
    use greenlane_policy::load::PackFiles;

    use super::*;

    fn office(number: u16) -> Office {
        Office::of_number(number).unwrap()
    }

    fn pack() -> Pack {
        Pack::load(&PackFiles::embedded()).unwrap()
    }

    fn day() -> Day {
        Day::parse("2024-12-31").unwrap()
    }

    /// So many draws at office 3101 in August 2024, so many selected, set at 5 % each.
    fn counted(
        (stage, class): (RateStage, &str),
        (level, measures): (&str, &str),
        trials: u64,
        selected: u64,
    ) -> (RateKey, DrawCounts) {
        let [class, level, measures] = [class, level, measures].map(str::to_owned);
        let key = RateKey { month: 2024 * 12 + 7, office: office(3101), stage, class, level, measures };
        (key, DrawCounts { trials, selected, expected: trials * 50_000_000, ..DrawCounts::default() })
    }

    fn caps_of(counts: Vec<(RateKey, DrawCounts)>) -> Vec<KeptCap> {
        report(&pack(), day(), &counts.into_iter().collect()).caps
    }

    fn states(caps: &[KeptCap]) -> Vec<(Option<Office>, &str, Option<&str>, CapState)> {
        caps.iter().map(|cap| (cap.office, cap.measure.as_str(), cap.class.as_deref(), cap.state)).collect()
    }

    #[test]
    fn food_of_an_aeo_is_judged_below_at_and_above_a_fifth_of_the_ratio_of_regular_food() {
        let food = |selected| {
            let aeo = counted((RateStage::Sampling, "food"), ("advanced", "1"), 1_000_000, selected);
            caps_of(vec![aeo, counted((RateStage::Sampling, "food"), ("regular", ""), 1_000_000, 50_000)])
        };
        for (selected, state) in
            [(9_000, CapState::Held), (10_000, CapState::Open), (11_000, CapState::Breached)]
        {
            let caps = food(selected);
            let expected = [(None, "1", Some("food"), state), (Some(office(3101)), "1", Some("food"), state)];
            assert_eq!(states(&caps), expected);
            assert!(
                (caps[0].favoured.ratio_to(&caps[0].others).unwrap() - selected as f64 / 50_000.0).abs()
                    < 1e-12
            );
        }
    }

    #[test]
    fn goods_are_compared_with_goods_of_their_own_class() {
        let aeo_food = counted((RateStage::Sampling, "food"), ("advanced", "1"), 1_000_000, 9_000);
        let others = [("cosmetics", 10_000), ("food", 50_000)];
        let others = others.map(|(class, selected)| {
            counted((RateStage::Sampling, class), ("regular", ""), 1_000_000, selected)
        });
        let caps = caps_of([vec![aeo_food], others.to_vec()].concat());
        assert_eq!(caps[0].others.inspected(), 50_000);
        assert_eq!(
            caps[0].state,
            CapState::Held,
            "regular cosmetics, sampled as rarely as AEO food, say nothing"
        );
    }

    #[test]
    fn a_clean_year_is_compared_with_aeo_that_have_none_and_all_aeo_with_regular_enterprises() {
        let draws = |level, measures, selected| {
            counted((RateStage::Inspection, ""), (level, measures), 1_000_000, selected)
        };
        let caps = caps_of(vec![
            draws("advanced", "9,251-rate", 2_000),
            draws("advanced", "251-rate", 5_000),
            draws("regular", "", 25_000),
        ]);
        let all: Vec<&KeptCap> = caps.iter().filter(|cap| cap.office.is_none()).collect();
        let of = |measure| *all.iter().find(|cap| cap.measure == measure).unwrap();
        assert_eq!((of("9").favoured.draws(), of("9").others.inspected()), (1_000_000, 5_000));
        assert_eq!((of("251-rate").favoured.draws(), of("251-rate").others.inspected()), (2_000_000, 25_000));
        assert_eq!((of("9").state, of("251-rate").state), (CapState::Held, CapState::Held));
    }

    #[test]
    fn mandatory_orders_count_as_inspected_and_leave_nothing_to_chance() {
        let (key, mut count) = counted((RateStage::Inspection, ""), ("advanced", "251-rate"), 0, 0);
        (count.always, count.ordered) = (300, 300);
        let regular = counted((RateStage::Inspection, ""), ("regular", ""), 1_000, 25);
        let caps = caps_of(vec![(key, count), regular]);
        let [cap, _] = &caps[..] else { panic!("{caps:?}") };
        assert_eq!(cap.state, CapState::Breached);
    }

    #[test]
    fn each_office_has_its_rates_and_all_together_too() {
        let counts = [
            counted((RateStage::Sampling, "food"), ("regular", ""), 100, 5),
            counted((RateStage::Sampling, ""), ("regular", ""), 10, 1),
        ];
        let mut counts: BTreeMap<RateKey, DrawCounts> = counts.into_iter().collect();
        let elsewhere =
            counts.iter().map(|(key, count)| (RateKey { office: office(5301), ..key.clone() }, *count));
        counts.extend(elsewhere.collect::<Vec<_>>());
        let rates = report(&pack(), day(), &counts).rates;
        let found = rates.iter().map(|rate| (rate.office, rate.class.as_str(), rate.draws.draws()));
        let expected = [
            (None, "", 20),
            (None, "food", 200),
            (Some(office(3101)), "", 10),
            (Some(office(3101)), "food", 100),
            (Some(office(5301)), "", 10),
            (Some(office(5301)), "food", 100),
        ];
        assert_eq!(found.collect::<Vec<_>>(), expected);
        assert_eq!(report(&pack(), day(), &BTreeMap::new()), Report::default());
    }

    #[test]
    fn others_are_those_of_the_level_that_it_is_compared_with_and_nobody_else() {
        let draws =
            |level, measures, trials| counted((RateStage::Inspection, ""), (level, measures), trials, 0);
        let elsewhere =
            |(key, count): (RateKey, DrawCounts)| (RateKey { office: office(5301), ..key }, count);
        let caps = caps_of(vec![
            draws("advanced", "251-rate", 100),
            draws("advanced", "1251-rate", 1_000),
            draws("regular", "", 10),
            draws("regular", "251-rate", 1),
            draws("dishonest", "", 10_000),
            draws("", "", 100_000),
            elsewhere(draws("regular", "", 20)),
            counted((RateStage::Sampling, "food"), ("advanced", "251-rate"), 50, 0),
        ]);
        let found: Vec<_> = caps
            .iter()
            .map(|cap| {
                (cap.office, cap.measure.as_str(), cap.stage, cap.favoured.draws(), cap.others.draws())
            })
            .collect();
        let one = |office, others| (office, "251-rate", RateStage::Inspection, 101, others);
        assert_eq!(found, [one(None, 30), one(Some(office(3101)), 10)], "nobody has it at 5301");
    }

    #[test]
    fn a_cap_holds_from_the_day_on_which_its_law_is_in_force() {
        let of = |text: &str| {
            let one = counted((RateStage::Inspection, ""), ("advanced", "9,251-rate"), 100, 5);
            let counts = BTreeMap::from([one]);
            let caps = report(&pack(), Day::parse(text).unwrap(), &counts).caps;
            caps.iter().map(|cap| cap.measure.clone()).collect::<Vec<_>>()
        };
        assert_eq!(of("2024-04-06"), ["9", "9", "251-rate", "251-rate"]);
        assert_eq!(of("2024-04-05"), ["251-rate", "251-rate"]);
        assert_eq!(of("2021-11-01"), ["251-rate", "251-rate"]);
        assert!(of("2021-10-31").is_empty());
    }
}
