//! A verifier accepts what was drawn and names exactly the part of a claim that was not.
#![allow(clippy::unwrap_used)]

use greenlane_policy::units::Rate;
use greenlane_selection::{
    Algorithm, Candidate, Commitment, Draw, DrawClaim, DrawMismatch, Drawer, Epoch, EpochKey, MasterKey,
    OfficerDrawer, OfficerPick, OpenedEpoch, PickMismatch,
};
use greenlane_terms::Stage;

const MATTER: &str = "530120250000000001";
const OFFICERS: [&str; 4] = ["wang", "li", "zhao", "chen"];

fn day() -> Epoch {
    "2025-11-24".parse().unwrap()
}

fn key() -> EpochKey {
    MasterKey::new([3; 32]).epoch_key(Algorithm::HmacSm3, day())
}

fn opened() -> OpenedEpoch {
    OpenedEpoch::open(day(), &Commitment::of(day(), &key()), key()).unwrap()
}

fn honest_claim() -> DrawClaim<'static> {
    let draw = Drawer::new(&key(), "pack", Stage::Sampling).draw(MATTER);
    let rate = Rate::parse("30%").unwrap();
    DrawClaim {
        basis: "pack",
        stage: Stage::Sampling,
        matter_id: MATTER,
        rate,
        draw,
        selected: draw.selects(rate),
    }
}

fn honest_pick() -> OfficerPick {
    OfficerDrawer::new(&key(), "pack").pick(MATTER, &OFFICERS).unwrap()
}

fn verify(pick: &OfficerPick) -> Result<(), PickMismatch> {
    opened().verify_pick("pack", MATTER, &OFFICERS, pick)
}

#[test]
fn what_was_drawn_is_accepted() {
    assert_eq!(opened().verify_draw(&honest_claim()), Ok(()));
    assert_eq!(verify(&honest_pick()), Ok(()));
}

#[test]
fn a_key_other_than_the_committed_one_opens_nothing() {
    let other = MasterKey::new([4; 32]).epoch_key(Algorithm::HmacSm3, day());
    let published = Commitment::of(day(), &key());
    let error = OpenedEpoch::open(day(), &published, other.clone()).unwrap_err();
    assert_eq!((error.published, error.computed), (published, Commitment::of(day(), &other)));
    assert!(error.to_string().starts_with("the key revealed for 2025-11-24 has commitment "));
    let next_day = "2025-11-25".parse().unwrap();
    assert!(OpenedEpoch::open(next_day, &published, key()).is_err());
}

#[test]
fn a_claim_with_any_other_part_names_the_draw() {
    let honest = honest_claim();
    let forged = [
        DrawClaim { draw: Draw::from_u64(honest.draw.u() ^ 1), ..honest },
        DrawClaim { matter_id: "530120250000000002", ..honest },
        DrawClaim { basis: "another pack", ..honest },
        DrawClaim { stage: Stage::Inspection, ..honest },
    ];
    for claim in forged {
        let error = opened().verify_draw(&claim).unwrap_err();
        assert!(matches!(error, DrawMismatch::Draw { claimed, .. } if claimed == claim.draw), "{error}");
    }
}

#[test]
fn an_outcome_that_does_not_follow_from_rate_and_draw_is_named() {
    let honest = honest_claim();
    let flipped = DrawClaim { selected: !honest.selected, ..honest };
    let error = opened().verify_draw(&flipped).unwrap_err();
    assert!(matches!(error, DrawMismatch::Outcome { claimed, .. } if claimed == flipped.selected));
    let words = if flipped.selected {
        "means not selected, not selected"
    } else {
        "means selected, not not selected"
    };
    assert!(error.to_string().contains("at rate 0.3 ") && error.to_string().ends_with(words), "{error}");
    for (rate, selected) in [(Rate::NEVER, true), (Rate::ALWAYS, false)] {
        assert!(opened().verify_draw(&DrawClaim { rate, selected, ..honest }).is_err());
        assert_eq!(opened().verify_draw(&DrawClaim { rate, selected: !selected, ..honest }), Ok(()));
    }
}

#[test]
fn an_officer_taken_off_or_added_to_the_list_is_noticed() {
    let honest = honest_pick();
    let without_chosen: Vec<&str> = OFFICERS.into_iter().filter(|&id| id != honest.chosen).collect();
    let drawer = OfficerDrawer::new(&key(), "pack");
    let shortened = drawer.pick(MATTER, &without_chosen).unwrap();
    let lengthened = drawer.pick(MATTER, &["wang", "li", "zhao", "chen", "sun"]).unwrap();
    let mut reordered = honest.clone();
    reordered.candidates.reverse();
    let mut repeated = honest.clone();
    repeated.candidates.insert(0, honest.candidates[0].clone());
    for forged in [shortened, lengthened, reordered, repeated] {
        assert!(matches!(verify(&forged), Err(PickMismatch::List { .. })), "{forged:?}");
    }
}

#[test]
fn a_forged_draw_of_an_officer_is_noticed() {
    for position in 0..OFFICERS.len() {
        let mut forged = honest_pick();
        forged.candidates[position].draw = Draw::from_u64(0);
        forged.chosen = forged.candidates[position].officer.clone();
        let error = verify(&forged).unwrap_err();
        assert!(matches!(error, PickMismatch::Draw { officer, .. } if officer == forged.chosen));
    }
}

#[test]
fn a_pick_that_is_not_the_lowest_draw_is_noticed() {
    let honest = honest_pick();
    for other in OFFICERS.into_iter().chain(["sun"]).filter(|&id| id != honest.chosen) {
        let forged = OfficerPick { chosen: other.to_owned(), ..honest.clone() };
        let expected = PickMismatch::Chosen {
            matter_id: MATTER.to_owned(),
            claimed: other.to_owned(),
            lowest: honest.chosen.clone(),
        };
        assert_eq!(verify(&forged), Err(expected));
    }
}

#[test]
fn a_pick_out_of_nobody_is_refused() {
    let forged = OfficerPick { chosen: "wang".to_owned(), candidates: Vec::<Candidate>::new() };
    let result = opened().verify_pick::<&str>("pack", MATTER, &[], &forged);
    assert!(matches!(result, Err(PickMismatch::Nobody { .. })));
}

#[test]
fn a_pick_survives_json() {
    let json = serde_json::to_string(&honest_pick()).unwrap();
    assert_eq!(serde_json::from_str::<OfficerPick>(&json).unwrap(), honest_pick());
}
