//! Packs on their way into force and out of it: who brings, submits, approves, rejects and withdraws them.

use greenlane_access::{Action, Caller as Who, Role};
use greenlane_casework::PackBody;
use greenlane_desk::actions::packs::{found, keep_pack, may_move, may_try, move_pack, no_pack, try_pack};
use greenlane_desk::{Caller, Problem};
use greenlane_policy::load::PackFiles;
use greenlane_store::{Kind, Release, ReleaseState, ReleaseStep};
use greenlane_terms::numbers::PackNumber;

use super::matters_of::{day, declaration};
use super::people_of::refused;
use super::world::{World, world};

/// The pack of this program with another base rate.
pub fn changed(rate: &str) -> PackFiles {
    let files = PackFiles::embedded();
    let changed = |text: &str| text.replace("ordinary = \"0.0244\"", &format!("ordinary = \"{rate}\""));
    PackFiles::new(files.iter().map(|(path, text)| (path.to_owned(), changed(text))).collect())
}

/// A pack that the first lawmaker brought.
pub async fn brought(world: &World, rate: &str) -> PackNumber {
    let editor = world.office.lawmaker(0);
    let reason = Some("调整".to_owned());
    let kept = keep_pack(world.desk(), &editor, &changed(rate), "cn-gacc-2024-36", reason).await.unwrap();
    assert!(kept.1);
    kept.0
}

async fn release(world: &World, number: PackNumber) -> Release {
    found(world.desk(), number).await.unwrap()
}

async fn moves(world: &World, by: &Caller, number: PackNumber, step: ReleaseStep) {
    move_pack(world.desk(), by, number, step, Some("理由".to_owned())).await.unwrap();
}

/// Somebody with a role, who is nobody of the office's own people.
fn somebody(world: &World, role: Role, offices: &[&str]) -> Caller {
    let offices = offices.iter().map(|one| (*one).to_owned()).collect();
    world.calls(Who {
        account: 65,
        login: "somebody".to_owned(),
        roles: [role].into(),
        offices,
        ..Who::default()
    })
}

fn scoped(world: &World, of: &Caller, scopes: &[Action]) -> Caller {
    let scopes = Some(scopes.iter().copied().collect());
    world.calls(Who { token: Some(1), scopes, ..(*of.who).clone() })
}

#[tokio::test]
async fn a_pack_is_brought_once_by_whoever_may_propose_it() {
    let world = world().await;
    let size = world.size().await;
    let files = changed("0.0311");
    for caller in [world.office.officer(0), world.office.supervisor(0), world.office.machine()] {
        let kept = keep_pack(world.desk(), &caller, &files, "x", None).await;
        refused(kept, Problem::Forbidden, "do `propose_release` here");
    }
    refused(found(world.desk(), PackNumber::new(2)).await, Problem::NoPack, "there is no pack 2");
    assert_eq!(world.size().await, size);
    let number = brought(&world, "0.0311").await;
    let kept = release(&world, number).await;
    assert_eq!(
        (kept.state, &kept.id[..], kept.hash),
        (ReleaseState::Uploaded, "cn-gacc-2024-36", files.hash())
    );
    let [made] = &kept.moves[..] else { panic!("{:?}", kept.moves) };
    assert_eq!((&made.person[..], made.reason.as_deref()), ("zhou", Some("调整")));
    assert_eq!((made.at_us, made.state), (world.now_us(), ReleaseState::Uploaded));
    let entry = world.entry(made.entry).await;
    assert_eq!(entry.kind, Kind::Pack);
    let PackBody::Moved(body) = PackBody::read(&entry.body).unwrap() else { panic!("{entry:?}") };
    assert_eq!((body.pack, &body.person[..], body.reason.as_deref()), (number, "zhou", Some("调整")));
    let size = world.size().await;
    let again = keep_pack(world.desk(), &world.office.lawmaker(1), &files, "x", None).await.unwrap();
    assert_eq!((again, world.size().await), ((number, false), size));
    assert_eq!(no_pack("why").problem(), Problem::NoPack);
    assert_eq!(no_pack("why").detail(), "why");
}

#[tokio::test]
async fn two_people_put_a_pack_in_force_and_it_decides_at_once() {
    let world = world().await;
    let (editor, other) = (world.office.lawmaker(0), world.office.lawmaker(1));
    let number = brought(&world, "0.0311").await;
    let from = world.desk().clock.today();
    let approve = ReleaseStep::Approve { from };
    let desk = world.desk();
    let early = move_pack(desk, &other, number, approve, None).await;
    refused(early, Problem::PackState, "is uploaded, so it cannot become approved");
    moves(&world, &editor, number, ReleaseStep::Submit).await;
    let size = world.size().await;
    let own = move_pack(desk, &editor, number, approve, None).await;
    refused(own, Problem::Forbidden, "whoever proposed a release does not approve it");
    let past = ReleaseStep::Approve { from: from.plus_days(-1) };
    refused(
        move_pack(desk, &other, number, past, None).await,
        Problem::PackFrom,
        "today (2025-09-03) or later",
    );
    assert_eq!(world.size().await, size);
    let before = desk.laws.in_force().number;
    moves(&world, &other, number, approve).await;
    assert_eq!((before, desk.laws.in_force().number), (PackNumber::new(1), number));
    let kept = release(&world, number).await;
    assert_eq!((kept.state, kept.from), (ReleaseState::Approved, Some(from)));
    let people: Vec<(&str, Option<&str>)> =
        kept.moves.iter().map(|made| (made.person.as_str(), made.reason.as_deref())).collect();
    assert_eq!(people, [("zhou", Some("调整")), ("zhou", Some("理由")), ("wu", Some("理由"))]);
}

#[tokio::test]
async fn whoever_may_move_no_pack_does_not_learn_which_there_are() {
    let world = world().await;
    let number = brought(&world, "0.0311").await;
    let none = PackNumber::new(99);
    let approve = ReleaseStep::Approve { from: day("2025-10-01") };
    let steps = [
        (ReleaseStep::Submit, "propose_release"),
        (ReleaseStep::Withdraw, "propose_release"),
        (approve, "approve_release"),
        (ReleaseStep::Reject, "approve_release"),
        (ReleaseStep::ApproveWithdrawal, "approve_release"),
        (ReleaseStep::RejectWithdrawal, "approve_release"),
    ];
    let size = world.size().await;
    let (editor, supervisor, officer) =
        (world.office.lawmaker(0), world.office.supervisor(0), world.office.officer(0));
    for (step, action) in steps {
        let words = format!("do `{action}` here");
        for pack in [number, none] {
            refused(move_pack(world.desk(), &officer, pack, step, None).await, Problem::Forbidden, &words);
        }
        let told = move_pack(world.desk(), &editor, none, step, None).await;
        refused(told, Problem::NoPack, "there is no pack 99");
        let of_supervisor = move_pack(world.desk(), &supervisor, none, step, None).await;
        let expected = if action == "approve_release" { Problem::NoPack } else { Problem::Forbidden };
        refused(of_supervisor, expected, "");
    }
    assert_eq!(world.size().await, size);
}

#[tokio::test]
async fn a_step_is_offered_to_whoever_may_take_it_from_this_state() {
    use ReleaseStep::{ApproveWithdrawal, Reject, RejectWithdrawal, Submit, Withdraw};
    let world = world().await;
    let number = brought(&world, "0.0311").await;
    let (zhou, wu) = (world.office.lawmaker(0), world.office.lawmaker(1));
    let (sun, officer) = (world.office.supervisor(1), world.office.officer(0));
    let approve = ReleaseStep::Approve { from: world.desk().clock.today() };
    let all = [Submit, approve, Reject, Withdraw, ApproveWithdrawal, RejectWithdrawal];
    let offered = async |by: &Caller| -> Vec<ReleaseStep> {
        let release = release(&world, number).await;
        all.into_iter().filter(|step| may_move(by, &release, *step)).collect()
    };
    assert_eq!(offered(&zhou).await, [Submit, Reject, Withdraw]);
    assert_eq!(offered(&wu).await, [Submit, Reject, Withdraw]);
    assert_eq!(offered(&sun).await, [Reject]);
    moves(&world, &wu, number, Submit).await;
    // Neither who brought it nor who submitted it approves it; both may drop it.
    for own in [&zhou, &wu] {
        assert_eq!(offered(own).await, [Reject, Withdraw]);
    }
    assert_eq!(offered(&sun).await, [approve, Reject]);
    moves(&world, &sun, number, approve).await;
    assert_eq!(offered(&zhou).await, [Withdraw]);
    assert_eq!(offered(&sun).await, []);
    moves(&world, &wu, number, Withdraw).await;
    assert_eq!(release(&world, number).await.state, ReleaseState::WithdrawalRequested);
    // Who brought it may approve that it goes; who asked for that may not.
    assert_eq!(offered(&zhou).await, [ApproveWithdrawal, RejectWithdrawal]);
    assert_eq!(offered(&sun).await, [ApproveWithdrawal, RejectWithdrawal]);
    assert_eq!(offered(&wu).await, [RejectWithdrawal]);
    assert_eq!(offered(&officer).await, []);
    let words = "whoever proposed a release does not approve it";
    let own = move_pack(world.desk(), &wu, number, ApproveWithdrawal, None).await;
    refused(own, Problem::Forbidden, words);
    moves(&world, &wu, number, RejectWithdrawal).await;
    moves(&world, &zhou, number, Withdraw).await;
    // The last one who asked counts.
    assert_eq!(offered(&zhou).await, [RejectWithdrawal]);
    assert_eq!(offered(&wu).await, [ApproveWithdrawal, RejectWithdrawal]);
    moves(&world, &wu, number, ApproveWithdrawal).await;
    assert_eq!(release(&world, number).await.state, ReleaseState::Withdrawn);
    assert_eq!(world.desk().laws.in_force().number, PackNumber::new(1));
    assert_eq!(offered(&zhou).await, []);
}

#[tokio::test]
async fn a_pack_is_tried_by_who_may_bring_one_or_approves_one_and_reads_all_matters() {
    let world = world().await;
    let (editor, supervisor) = (world.office.lawmaker(0), world.office.supervisor(0));
    let propose = "do `propose_release` here";
    let no_scope = "the token does not have this scope";
    let cases = [
        (editor.clone(), None),
        (supervisor.clone(), None),
        (scoped(&world, &editor, &[Action::ProposeRelease]), None),
        (scoped(&world, &supervisor, &[Action::ApproveRelease, Action::ReadMatter]), None),
        (scoped(&world, &supervisor, &[Action::ApproveRelease]), Some(no_scope)),
        (scoped(&world, &supervisor, &[Action::ReadMatter]), Some(no_scope)),
        (somebody(&world, Role::Supervisor, &["2201"]), Some(propose)),
        (somebody(&world, Role::Auditor, &[]), Some(propose)),
        (world.office.officer(0), Some(propose)),
        (world.office.machine(), Some(propose)),
    ];
    for (caller, words) in cases {
        let tried = try_pack(world.desk(), &caller, PackNumber::new(1), None, None).await;
        match words {
            None => {
                assert!(may_try(&caller).is_ok());
                assert_eq!(tried.unwrap().1.entries, None, "there is no decision yet");
            }
            Some(words) => {
                refused(may_try(&caller), Problem::Forbidden, words);
                refused(tried, Problem::Forbidden, words);
            }
        }
    }
}

#[tokio::test]
async fn a_pack_is_tried_on_1_to_100_000_of_the_last_decisions_beside_the_law() {
    let world = world().await;
    world.registry().await;
    let number = brought(&world, "0.0311").await;
    let editor = world.office.lawmaker(0);
    for serial in 1..=3 {
        world.decides(&declaration(serial)).await;
    }
    let mut found = world.office.store.entries(0, 100).await.unwrap();
    found.retain(|(_, entry)| entry.kind == Kind::Decision);
    let (first, latest) = (found[0].0, found[found.len() - 1].0);
    assert!(first < latest);
    let (size, desk) = (world.size().await, world.desk());
    for (last, good) in [(0, false), (1, true), (100_000, true), (100_001, false)] {
        let tried = try_pack(desk, &editor, number, Some(last), None).await;
        if good {
            let (law, run) = tried.unwrap();
            let first = if last == 1 { latest } else { first };
            assert_eq!((law.number, run.entries), (PackNumber::new(1), Some((first, latest))));
        } else {
            let words = format!("`last` is {last}: expected 1 to 100000");
            assert_eq!(refused(tried, Problem::BadRequest, &words).fields(), ["last"]);
        }
    }
    let (_, run) = try_pack(desk, &editor, number, None, None).await.unwrap();
    assert_eq!(run.entries, Some((first, latest)));
    let none = try_pack(desk, &editor, PackNumber::new(99), None, None).await;
    refused(none, Problem::NoPack, "there is no pack 99");
    assert_eq!(world.size().await, size);
    let turn = desk.shares.pack_run(&editor.whose()).unwrap();
    let busy = try_pack(desk, &editor, number, None, None).await;
    refused(busy, Problem::Rate, "this caller tries a pack already");
    drop(turn);
    assert!(try_pack(desk, &editor, number, None, None).await.is_ok());
}
