//! Applications: who makes them and moves them, what is asked of a move, and who sees a draft that is private.

use greenlane_access::{Action, Caller as Who};
use greenlane_casework::{ApplicationKind, ApplicationStep, Asks, Given};
use greenlane_desk::actions::applications::{
    Draft, Word, found, kind_of, make_application, move_application, moves_of, step_of,
};
use greenlane_desk::{Caller, NotDone, Problem};
use greenlane_store::{Kind, MovedApplication};
use greenlane_terms::numbers::ApplicationNumber;
use serde_json::{Value, json};

use super::matters_of::{AEO, REGULAR, day, office, violation, word};
use super::people_of::{refused, untold};
use super::world::{World, world};

async fn with_registry() -> World {
    let world = world().await;
    world.registry().await;
    world
}

fn draft(kind: ApplicationKind, applicant: &str, facts: Value) -> Draft {
    let facts = facts.as_object().unwrap().clone();
    Draft { kind, applicant: applicant.to_owned(), office: office("2201"), facts }
}

async fn made(world: &World, by: &Caller, draft: Draft) -> Result<MovedApplication, NotDone> {
    make_application(world.desk(), by, draft, None).await
}

/// A caller with a token of these scopes.
fn scoped(world: &World, of: &Caller, scopes: &[Action]) -> Caller {
    let scopes = Some(scopes.iter().copied().collect());
    world.calls(Who { token: Some(1), scopes, ..(*of.who).clone() })
}

/// Names of the moves that are offered.
async fn offered(world: &World, by: &Caller, number: ApplicationNumber) -> Vec<&'static str> {
    let kept = world.office.store.application(number).await.unwrap().unwrap();
    moves_of(by, &kept).iter().map(|possible| possible.step.name()).collect()
}

#[tokio::test]
async fn an_enterprise_applies_for_itself_and_an_officer_for_whoever_comes_to_the_counter() {
    let world = with_registry().await;
    let size = world.size().await;
    let admission = |applicant: &str| {
        draft(ApplicationKind::Admission, applicant, json!({ "admission_to": "lot_inspection" }))
    };
    let (acme, li) = (world.office.applicant(AEO), world.office.officer(0));
    let no_rule = "do `apply` here";
    for by in
        [world.office.applicant(REGULAR), world.elsewhere(), world.office.machine(), world.office.lawmaker(0)]
    {
        refused(made(&world, &by, admission(AEO)).await, Problem::Forbidden, no_rule);
    }
    let unknown = made(&world, &li, admission("3101910077")).await;
    refused(unknown, Problem::NotInRegistry, "`3101910077`");
    assert_eq!(world.size().await, size);
    for (by, written) in [(&acme, AEO), (&li, "AEOCN3101910012")] {
        let moved = made(&world, by, admission(written)).await.unwrap();
        let kept = world.office.store.application(moved.application.number).await.unwrap().unwrap();
        assert_eq!(kept, moved.application);
        assert_eq!(
            (&kept.of.applicant[..], kept.of.enterprise.get(), kept.of.office),
            (AEO, 1, office("2201"))
        );
        assert_eq!(
            (kept.of.programme.as_deref(), kept.author.as_deref()),
            (Some("lot_inspection"), Some(by.person()))
        );
        assert_eq!((kept.of.kind, kept.state().name()), (ApplicationKind::Admission, "draft"));
        let subject = format!("application/{}", kept.number);
        let about = world.office.store.entries_about(&subject, Some(Kind::Casework), 9).await.unwrap();
        assert_eq!(moved.entry, Some(about[0].0));
    }
}

#[tokio::test]
async fn what_an_application_says_itself_or_cannot_mean_is_not_a_fact_of_it() {
    let world = with_registry().await;
    let li = world.office.officer(0);
    let size = world.size().await;
    for own in ["matter_id", "matter", "unit", "office", "applicant_id", "decided_on"] {
        let facts = json!({ "is_aquatic": true, own: "x" });
        let error = made(&world, &li, draft(ApplicationKind::FarmFiling, AEO, facts)).await;
        let error = refused(error, Problem::Fields, "is what the application itself says: leave it out");
        assert_eq!(error.fields(), [own]);
    }
    let facts = json!({ "no_such_fact": true });
    let error = made(&world, &li, draft(ApplicationKind::FarmFiling, AEO, facts)).await;
    refused(error, Problem::Statement, "no_such_fact");
    assert_eq!(world.size().await, size);
    assert_eq!(world.office.store.application(ApplicationNumber::new(1)).await.unwrap(), None);
}

#[tokio::test]
async fn a_move_says_why_and_states_facts_only_where_they_are_asked_for() {
    let world = with_registry().await;
    let li = world.office.officer(0);
    let farm = world.draft(&li, ApplicationKind::FarmFiling, json!({ "is_aquatic": true })).await.number;
    let with =
        |ground: &str, facts: Value| Word { facts: facts.as_object().unwrap().clone(), ..word(ground) };
    let size = world.size().await;
    let (submit, file) = (ApplicationStep::Submit, ApplicationStep::File);
    let cases = [
        (submit, with(" ", json!({})), "1 to 2000", "ground"),
        (submit, with("x", json!({ "office": "5301" })), "is what the application itself says", "office"),
        (file, with("x", json!({ "is_aquatic": true })), "`facts` is not for `file`", "facts"),
        (submit, with("x", json!({ "admission_to": "lot_inspection" })), "is settled", "admission_to"),
    ];
    for (step, word, words, field) in cases {
        let moved = move_application(world.desk(), &li, farm, step, word).await;
        assert_eq!(refused(moved, Problem::Fields, words).fields(), [field]);
    }
    let early = move_application(world.desk(), &li, farm, file, word("x")).await;
    let early = refused(early, Problem::ApplicationState, "so `file` is not possible");
    let fields: Vec<_> = early.errors().iter().map(|one| one["field"].clone()).collect();
    assert_eq!(fields, ["submit", "withdraw"]);
    let settle = move_application(world.desk(), &li, farm, ApplicationStep::Settle, word("x")).await;
    refused(settle, Problem::NotFound, "has this move");
    assert_eq!(world.size().await, size);
    let facts = json!({ "is_aquatic": false });
    assert_eq!(world.moves_with(&li, farm, submit, with("补正", facts)).await, "submitted");
    let kept = world.office.store.application(farm).await.unwrap().unwrap();
    assert_eq!(kept.of.facts["is_aquatic"], false);
    let subject = format!("application/{farm}");
    let (_, entry) =
        world.office.store.entries_about(&subject, Some(Kind::Casework), 9).await.unwrap().remove(0);
    let body: Value = serde_json::from_slice(&entry.body).unwrap();
    assert_eq!(
        (&body["person"], &body["ground"], &body["move"]),
        (&json!("li"), &json!("补正"), &json!("submit"))
    );
}

#[tokio::test]
async fn each_move_is_offered_to_whose_it_is() {
    let world = with_registry().await;
    let (acme, li, sun) = (world.office.applicant(AEO), world.office.officer(0), world.office.supervisor(1));
    let facts = json!({ "admission_to": "lot_inspection" });
    let number = world.draft(&acme, ApplicationKind::Admission, facts).await.number;
    let others = [world.office.applicant(REGULAR), world.elsewhere(), world.office.lawmaker(0)];
    let offers = async |acme_s: &[&str], li_s: &[&str], sun_s: &[&str]| {
        assert_eq!(offered(&world, &acme, number).await, acme_s);
        assert_eq!(offered(&world, &li, number).await, li_s);
        assert_eq!(offered(&world, &sun, number).await, sun_s);
        for other in &others {
            assert_eq!(offered(&world, other, number).await, [] as [&str; 0]);
        }
    };
    offers(&["submit", "withdraw"], &["submit"], &["submit"]).await;
    let withdraw = ApplicationStep::Withdraw;
    let theirs = move_application(world.desk(), &li, number, withdraw, word("x")).await;
    refused(theirs, Problem::Forbidden, "`withdraw` is a move of applicant, not of officer");
    world.moves(&acme, number, ApplicationStep::Submit).await;
    offers(&["withdraw"], &["admit", "refuse"], &["admit", "refuse"]).await;
    world.moves(&li, number, ApplicationStep::Admit).await;
    offers(&["leave"], &[], &["leave"]).await;
    assert_eq!(world.moves(&acme, number, ApplicationStep::Leave).await, "left");
    offers(&[], &[], &[]).await;
}

#[tokio::test]
async fn a_token_needs_the_scope_of_whose_move_it_is() {
    let world = with_registry().await;
    let (li, sun) = (world.office.officer(0), world.office.supervisor(1));
    let facts = json!({ "admission_to": "lot_inspection" });
    let number = world.draft(&li, ApplicationKind::Admission, facts).await.number;
    let with = |of: &Caller, scope| scoped(&world, of, &[Action::ReadMatter, scope]);
    let offers = async |apply: &[&str], work: &[&str], direct: &[&str]| {
        assert_eq!(offered(&world, &with(&sun, Action::Apply), number).await, apply);
        assert_eq!(offered(&world, &with(&sun, Action::Work), number).await, work);
        assert_eq!(offered(&world, &with(&sun, Action::DirectWork), number).await, direct);
    };
    offers(&["submit"], &[], &[]).await;
    let no_scope = "the token does not have this scope";
    let (applies, works) = (with(&li, Action::Apply), with(&li, Action::Work));
    let moved = move_application(world.desk(), &works, number, ApplicationStep::Submit, word("x")).await;
    refused(moved, Problem::Forbidden, no_scope);
    world.moves(&applies, number, ApplicationStep::Submit).await;
    offers(&[], &["admit", "refuse"], &[]).await;
    let moved = move_application(world.desk(), &applies, number, ApplicationStep::Admit, word("x")).await;
    refused(moved, Problem::Forbidden, no_scope);
    world.moves(&works, number, ApplicationStep::Admit).await;
    // A supervisor's word is as the enterprise's here: it leaves by either.
    offers(&["leave"], &[], &[]).await;
}

#[tokio::test]
async fn moves_of_officers_and_of_supervisors_are_offered_and_refused_by_their_right() {
    let world = with_registry().await;
    let (acme, li, sun) = (world.office.applicant(AEO), world.office.officer(0), world.office.supervisor(1));
    let number = world.draft(&acme, ApplicationKind::VoluntaryDisclosure, violation()).await.number;
    assert_eq!(world.moves(&acme, number, ApplicationStep::Submit).await, "eligible");
    assert_eq!(offered(&world, &acme, number).await, [] as [&str; 0]);
    assert_eq!(offered(&world, &li, number).await, ["assess", "accept", "decline"]);
    let given = Given { on: Some(day("2025-09-30")), ..Given::default() };
    let by = |date: &str| Word { given: Given { on: Some(day(date)), ..given }, ..word("依申请") };
    let desk = world.desk();
    let missing = move_application(desk, &li, number, ApplicationStep::Accept, word("x")).await;
    refused(missing, Problem::Fields, "`on` is missing");
    let over = move_application(desk, &li, number, ApplicationStep::Accept, by("2025-09-02")).await;
    assert_eq!(refused(over, Problem::Fields, "`on` is a day").fields(), ["on"]);
    assert_eq!(world.moves_with(&li, number, ApplicationStep::Accept, by("2025-09-30")).await, "accepted");
    assert_eq!(offered(&world, &li, number).await, ["settle"]);
    assert_eq!(offered(&world, &sun, number).await, ["settle", "extend", "decline"]);
    let direct = scoped(&world, &sun, &[Action::ReadMatter, Action::DirectWork]);
    assert_eq!(offered(&world, &direct, number).await, ["extend", "decline"]);
    let by_officer = move_application(desk, &li, number, ApplicationStep::Extend, by("2025-10-31")).await;
    refused(by_officer, Problem::Forbidden, "do `direct_work` here");
    let by_acme = move_application(desk, &acme, number, ApplicationStep::Settle, by("2025-09-03")).await;
    refused(by_acme, Problem::Forbidden, "do `work` here");
    let alone = move_application(desk, &li, number, ApplicationStep::Lapse, word("x")).await;
    refused(alone, Problem::Forbidden, "`lapse` happens by itself");
    assert_eq!(
        world.moves_with(&direct, number, ApplicationStep::Extend, by("2025-10-31")).await,
        "accepted"
    );
    let kept = world.office.store.application(number).await.unwrap().unwrap();
    assert_eq!(kept.application.due, Some(day("2025-10-31")));
    let asks: Vec<Asks> = moves_of(&sun, &kept).iter().map(|one| one.asks).collect();
    assert_eq!(asks, [Asks::DoneOn, Asks::LastDay, Asks::Nothing]);
}

#[tokio::test]
async fn a_draft_of_a_disclosure_is_its_author_s_and_its_enterprise_s_alone() {
    let world = with_registry().await;
    let (acme, li) = (world.office.applicant(AEO), world.office.officer(0));
    let own = world.draft(&acme, ApplicationKind::VoluntaryDisclosure, violation()).await;
    let at_counter = world.draft(&li, ApplicationKind::VoluntaryDisclosure, violation()).await;
    let desk = world.desk();
    let read = async |by: &Caller, number| found(desk, by, number, Action::ReadMatter).await;
    assert_eq!(read(&acme, own.number).await.unwrap(), own);
    assert_eq!(read(&li, at_counter.number).await.unwrap(), at_counter);
    assert_eq!(read(&acme, at_counter.number).await.unwrap(), at_counter, "it is about the enterprise");
    assert_eq!(offered(&world, &li, own.number).await, [] as [&str; 0]);
    let words = format!("there is no application {}", own.number);
    let supervisor = world.office.supervisor(0);
    untold(read(&li, own.number).await, Problem::NoApplication, &words, Problem::NotThere);
    untold(read(&supervisor, own.number).await, Problem::NoApplication, &words, Problem::NoApplication);
    for by in [&li, &supervisor, &world.office.officer(1)] {
        let moved = move_application(desk, by, own.number, ApplicationStep::Submit, word("x")).await;
        refused(moved, Problem::NoApplication, &words);
    }
    let stranger = world.office.applicant(REGULAR);
    untold(read(&stranger, own.number).await, Problem::NoApplication, &words, Problem::NotThere);
    world.moves(&acme, own.number, ApplicationStep::Submit).await;
    assert!(read(&li, own.number).await.is_ok());
    untold(read(&stranger, own.number).await, Problem::NoApplication, &words, Problem::Forbidden);
    let work = found(desk, &acme, own.number, Action::Work).await;
    refused(work, Problem::Forbidden, "do `work` here");
}

#[test]
fn kinds_and_moves_are_known_by_their_names() {
    for kind in ApplicationKind::ALL {
        assert_eq!(kind_of(kind.name()).unwrap(), *kind);
    }
    let error =
        refused(kind_of("card_request"), Problem::Fields, "`card_request` is no kind of applications");
    for kind in ApplicationKind::ALL {
        assert!(error.detail().contains(kind.name()), "{}", error.detail());
    }
    for step in ApplicationStep::ALL {
        assert_eq!(step_of(step.name()).unwrap(), *step);
    }
    refused(step_of("burn"), Problem::NotFound, "`burn` is no move of applications");
}

#[tokio::test]
async fn somebody_who_reviewed_a_waiver_is_not_offered_to_approve_it() {
    let world = with_registry().await;
    super::waiver::good_figures(&world).await;
    let (acme, li) = (world.office.applicant(AEO), world.office.officer(0));
    let (qian, sun) = (world.office.supervisor(0), world.office.supervisor(1));
    let number =
        world.draft(&acme, ApplicationKind::GuaranteeWaiver, super::waiver::excellent()).await.number;
    assert_eq!(world.moves(&acme, number, ApplicationStep::Submit).await, "checked");
    assert_eq!(world.moves(&qian, number, ApplicationStep::Review).await, "reviewed");
    assert_eq!(offered(&world, &li, number).await, [] as [&str; 0]);
    assert_eq!(offered(&world, &acme, number).await, ["withdraw"]);
    assert_eq!(offered(&world, &qian, number).await, ["refuse"]);
    assert_eq!(offered(&world, &sun, number).await, ["approve", "refuse"]);
    let period = |from: &str, to: &str| Word {
        given: Given { from: Some(day(from)), to: Some(day(to)), on: None },
        ..word("一事一议")
    };
    let desk = world.desk();
    let approve = ApplicationStep::Approve;
    let own = move_application(desk, &qian, number, approve, period("2025-09-03", "2026-03-31")).await;
    refused(own, Problem::SelfApproval, "qian reviewed the request: another person approves it");
    let wrong = move_application(desk, &sun, number, approve, period("2026-03-31", "2025-09-03")).await;
    assert_eq!(refused(wrong, Problem::Fields, "the last day is before the first one").fields(), ["to"]);
    let by_officer = move_application(desk, &li, number, approve, period("2025-09-03", "2026-03-31")).await;
    refused(by_officer, Problem::Forbidden, "do `direct_work` here");
    assert_eq!(world.moves_with(&sun, number, approve, period("2025-09-03", "2026-03-31")).await, "in_force");
    let kept = world.office.store.application(number).await.unwrap().unwrap();
    let people = (kept.application.reviewed_by.as_deref(), kept.application.approved_by.as_deref());
    assert_eq!(people, (Some("qian"), Some("sun")));
}
