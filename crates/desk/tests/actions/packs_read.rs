//! Packs as a caller may read them, and what keeps a pack out: its size, its problems, its cases.

use greenlane_access::{Action, Caller as Who, Role};
use greenlane_desk::actions::checks::{Faulty, checked, ran};
use greenlane_desk::actions::packs::{move_pack, readable, readable_packs};
use greenlane_desk::{Caller, Problem};
use greenlane_policy::load::PackFiles;
use greenlane_store::{ReleaseState, ReleaseStep};
use greenlane_terms::numbers::PackNumber;

use super::packs::{brought, changed};
use super::people_of::{refused, untold};
use super::world::{World, world};

fn auditor(world: &World) -> Caller {
    let roles = [Role::Auditor].into();
    world.calls(Who { account: 63, login: "auditor".to_owned(), roles, ..Who::default() })
}

#[tokio::test]
async fn a_draft_is_there_for_those_who_change_the_law_or_audit_it() {
    let world = world().await;
    let number = brought(&world, "0.0311").await;
    let desk = world.desk();
    let none = PackNumber::new(99);
    let (officer, acme) = (world.office.officer(0), world.office.applicant("3101910012"));
    let readers = [world.office.lawmaker(1), world.office.supervisor(0), auditor(&world)];
    for by in &readers {
        assert_eq!(readable(desk, by, number).await.unwrap().state, ReleaseState::Uploaded);
        untold(readable(desk, by, none).await, Problem::NoPack, "there is no pack 99", Problem::NoPack);
        let all: Vec<_> =
            readable_packs(desk, by, None, 9).await.unwrap().iter().map(|one| one.number).collect();
        assert_eq!(all, [number, PackNumber::new(1)]);
    }
    for by in [&officer, &acme] {
        untold(readable(desk, by, number).await, Problem::NoPack, "there is no pack 2", Problem::Forbidden);
        untold(readable(desk, by, none).await, Problem::NoPack, "there is no pack 99", Problem::NotThere);
        let all: Vec<_> =
            readable_packs(desk, by, None, 9).await.unwrap().iter().map(|one| one.number).collect();
        assert_eq!(all, [PackNumber::new(1)]);
    }
    let scopes = Some([Action::ReadDrafts].into());
    let narrow = world.calls(Who { token: Some(1), scopes, ..(*readers[0].who).clone() });
    let words = "the token does not have this scope";
    refused(readable(desk, &narrow, number).await, Problem::Forbidden, words);
    refused(readable_packs(desk, &narrow, None, 9).await, Problem::Forbidden, words);
}

#[tokio::test]
async fn of_a_law_everybody_reads_that_it_was_approved_and_no_more() {
    let world = world().await;
    let number = brought(&world, "0.0311").await;
    let (editor, other) = (world.office.lawmaker(0), world.office.lawmaker(1));
    let from = world.desk().clock.today();
    move_pack(world.desk(), &editor, number, ReleaseStep::Submit, None).await.unwrap();
    move_pack(world.desk(), &other, number, ReleaseStep::Approve { from }, None).await.unwrap();
    let of_officer = readable(world.desk(), &world.office.officer(0), number).await.unwrap();
    assert_eq!((of_officer.moves.len(), of_officer.moves[0].state), (1, ReleaseState::Approved));
    assert_eq!(readable(world.desk(), &editor, number).await.unwrap().moves.len(), 3);
    let page = readable_packs(world.desk(), &world.office.officer(0), None, 1).await.unwrap();
    assert_eq!((page.len(), page[0].number, page[0].moves.len()), (1, number, 1));
    for by in [&editor, &world.office.officer(0)] {
        let page = readable_packs(world.desk(), by, Some(number), 9).await.unwrap();
        assert_eq!((page.len(), page[0].number), (1, PackNumber::new(1)));
    }
}

#[tokio::test]
async fn a_pack_whose_cases_come_out_as_they_say_may_be_kept() {
    let world = world().await;
    let (editor, desk) = (world.office.lawmaker(0), world.desk());
    let files = changed("0.0311");
    let Ok(good) = checked(desk, &editor, files.clone()).await.unwrap() else { panic!("it has faults") };
    let cases: usize = good.engine.pack.measures.iter().map(|measure| measure.cases.len()).sum();
    assert_eq!((good.cases, good.engine.pack.hash), (cases, files.hash()));
    assert!(cases > 100, "{cases}");
    // Once more nothing is run, and it is the same.
    let Ok(again) = checked(desk, &editor, files).await.unwrap() else { panic!("it has faults") };
    assert_eq!(again.cases, cases);

    let wrong = |text: &str| {
        text.replace("name = \"no finding lowers the rate of an import\"\nexpect = { verdict = \"granted\" }",
            "name = \"no finding lowers the rate of an import\"\nexpect = { verdict = \"refused\", because = [\"clean_year\"] }")
    };
    let files = changed("0.0311");
    let files = PackFiles::new(files.iter().map(|(path, text)| (path.to_owned(), wrong(text))).collect());
    let Err(Faulty::Cases(passed, failed)) = checked(desk, &editor, files).await.unwrap() else {
        panic!("a case of it fails")
    };
    assert_eq!((passed, failed.len()), (cases - 1, 1));
    assert_eq!(failed[0].name, "no finding lowers the rate of an import");
}

#[tokio::test]
async fn the_cases_of_a_law_are_run_once_for_all_who_ask() {
    let world = world().await;
    let desk = world.desk();
    let law = desk.laws.in_force();
    let first = ran(desk, &world.office.lawmaker(0), &law).await.unwrap();
    assert_eq!(first.failed, []);
    let cases: usize = law.engine.pack.measures.iter().map(|measure| measure.cases.len()).sum();
    assert_eq!(first.passed, cases);
    let turn = desk.shares.check(&world.office.lawmaker(1).whose()).await.unwrap();
    let second = ran(desk, &world.office.lawmaker(1), &law).await.unwrap();
    assert!(std::sync::Arc::ptr_eq(&first, &second), "whoever asks again takes no turn");
    let busy = checked(desk, &world.office.lawmaker(1), changed("0.0311")).await.map(|_| ());
    refused(busy, Problem::Rate, "this caller has a pack checked already");
    drop(turn);
}

/// `fields`: how many of what are too many; otherwise it is small enough to be read, and no pack.
async fn size_of(world: &World, files: PackFiles) -> String {
    match checked(world.desk(), &world.office.lawmaker(0), files).await {
        Ok(Err(Faulty::Problems(_))) => "read".to_owned(),
        Ok(Err(Faulty::Cases(..))) => "cases".to_owned(),
        Ok(Ok(_)) => "good".to_owned(),
        Err(error) => {
            assert_eq!((error.problem(), error.fields()), (Problem::Fields, vec!["files".to_owned()]));
            error.detail().to_owned()
        }
    }
}

#[tokio::test]
async fn a_pack_has_8_mebibytes_and_1_000_measures_at_most() {
    let world = world().await;
    let name = "pack.toml";
    let of_bytes = |bytes: usize| {
        let text = "#".repeat(bytes - name.len());
        PackFiles::new(vec![(name.to_owned(), text)])
    };
    let most = 8 << 20;
    assert_eq!(size_of(&world, of_bytes(most)).await, "read");
    let words = format!("`files`: {} bytes, at most {most} are allowed", most + 1);
    assert_eq!(size_of(&world, of_bytes(most + 1)).await, words);
    let of_measures = |count: usize| {
        let measure = |at: usize| (format!("measures/{at}.toml"), String::new());
        let others = (0..5).map(|at| (format!("other{at}.toml"), String::new()));
        PackFiles::new((0..count).map(measure).chain(others).collect())
    };
    assert_eq!(size_of(&world, of_measures(1_000)).await, "read");
    let words = "`files`: 1001 measures, at most 1000 are allowed";
    assert_eq!(size_of(&world, of_measures(1_001)).await, words);
}

#[tokio::test]
async fn a_pack_has_20_000_cases_at_most() {
    let world = world().await;
    let files = PackFiles::embedded();
    let law = world.desk().laws.in_force();
    let known: usize = law.engine.pack.measures.iter().map(|measure| measure.cases.len()).sum();
    let with = |more: usize| {
        // Of a measure that is one of a moment: each case is a matter that it says nothing of.
        let case =
            |at: usize| format!("\n[[case]]\nname = \"case {at}\"\nexpect = {{ verdict = \"granted\" }}\n");
        let cases: String = (0..more).map(case).collect();
        let text = |path: &str, text: &str| match path {
            "measures/13c-merged-verification.toml" => format!("{text}{cases}"),
            _ => text.to_owned(),
        };
        PackFiles::new(files.iter().map(|(path, old)| (path.to_owned(), text(path, old))).collect())
    };
    assert_eq!(size_of(&world, with(20_000 - known)).await, "good");
    let words = "`files`: 20001 cases, at most 20000 are allowed";
    assert_eq!(size_of(&world, with(20_001 - known)).await, words);
}
