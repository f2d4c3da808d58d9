//! Who may decide and who may try: asked before anything is said about the facts.

use greenlane_access::{CallerKind, Role};
use greenlane_desk::Problem;
use greenlane_desk::decisions::DeskError;
use serde_json::json;

use super::asked::{declaration, declared, dry, lines, numbered, only, question, refusal, somebody, with};
use super::known::{AEO, REGULAR};
use crate::office::OFFICE;
use crate::world::world;

#[tokio::test]
async fn whoever_may_decide_nothing_is_told_so_before_their_text_is_read() {
    let world = world().await;
    let office = &world.office;
    let auditor = somebody(CallerKind::Person, &[Role::Auditor], &["*"], &[]);
    let enterprise = somebody(CallerKind::Person, &[Role::Enterprise], &[], &[AEO]);
    let no_office = somebody(CallerKind::Machine, &[Role::Machine], &[], &[]);
    for caller in [&auditor, &enterprise, &no_office] {
        // Neither UTF-8 nor JSON.
        let mut asked = question(caller, "");
        asked.text = vec![0xff, 0xfe].into();
        let (problem, words) = refusal(office.desk.deciders.ask(asked).await);
        assert_eq!(problem, Problem::Forbidden);
        assert!(words.starts_with("matters: "), "{words}");
    }
    let mut asked = question(&office.machine().who, "");
    asked.text = vec![0xff, 0xfe].into();
    assert_eq!(refusal(office.desk.deciders.ask(asked).await).0, Problem::BadRequest);
    assert_eq!(office.log_size().await, office.store.frontier().await.unwrap().size());
}

#[tokio::test]
async fn a_caller_decides_matters_of_its_offices_and_all_of_them_or_none() {
    let world = world().await;
    let office = &world.office;
    let before = office.log_size().await;
    let elsewhere = with(declaration(2), json!({ "matter_id": "FREE-2", "office": "5301" }));
    let ask = async |caller, matters: &[serde_json::Value]| {
        office.desk.deciders.ask(question(&caller, lines(matters))).await
    };
    let (problem, words) = refusal(ask(office.machine().who, &[declaration(1), elsewhere.clone()]).await);
    assert_eq!(problem, Problem::Forbidden);
    assert!(words.starts_with("FREE-2: "), "{words}");
    assert_eq!(office.log_size().await, before);
    // The same office twice is asked for once, and both are decided.
    let answer = ask(office.officer(0).who, &[declaration(3), declaration(4)]).await.unwrap();
    assert_eq!(answer.decisions.len(), 2);
    // One of several offices, in whatever order they stand.
    let of_two = somebody(CallerKind::Person, &[Role::Officer], &["1101", "5301"], &[]);
    assert_eq!(ask(of_two.clone(), std::slice::from_ref(&elsewhere)).await.unwrap().decisions.len(), 1);
    assert_eq!(refusal(ask(of_two, &[declaration(5)]).await).0, Problem::Forbidden);
    let of_all = somebody(CallerKind::Person, &[Role::Officer], &["*"], &[]);
    assert_eq!(ask(of_all, &[elsewhere, declaration(6)]).await.unwrap().decisions.len(), 2);
}

#[tokio::test]
async fn an_enterprise_tries_matters_that_name_itself_and_no_other() {
    let world = world().await;
    let office = &world.office;
    office.two_enterprises().await;
    let enterprise = somebody(CallerKind::Person, &[Role::Enterprise], &[], &[AEO]);
    let ask = async |matters: &[serde_json::Value]| {
        office.desk.deciders.ask(dry(&enterprise, lines(matters))).await
    };
    assert_eq!(ask(&[declared(1, AEO), declared(2, AEO)]).await.unwrap().decisions.len(), 2);
    let Err(DeskError::Forbidden(forbidden)) = ask(&[declared(1, AEO), declared(2, REGULAR)]).await else {
        panic!("it learned of another enterprise")
    };
    assert_eq!(forbidden.matter, numbered(2));
    let editor = somebody(CallerKind::Person, &[Role::PolicyEditor], &["*"], &[]);
    let nobody =
        json!({ "matter_id": "M-1", "matter": "import_declaration", "office": OFFICE, "lane": "ordinary" });
    let tried = office.desk.deciders.ask(dry(&editor, nobody.to_string())).await.unwrap();
    assert_eq!(only(&tried)["matter_id"], "M-1");
    let named = lines(&[nobody, declared(3, AEO)]);
    assert_eq!(refusal(office.desk.deciders.ask(dry(&editor, named)).await).0, Problem::Forbidden);
}

#[tokio::test]
async fn an_officer_tries_at_the_own_office_only_and_keeps_nothing_by_it() {
    let world = world().await;
    let office = &world.office;
    let before = office.log_size().await;
    let officer = office.officer(1).who;
    let answer = office.desk.deciders.ask(dry(&officer, declaration(1).to_string())).await.unwrap();
    assert_eq!((answer.first_entry, answer.repeated), (None, false));
    let decision = only(&answer);
    assert_eq!((&decision["inspection"]["rate"], &decision["draw"]), (&json!("0.0244"), &json!(null)));
    let elsewhere = with(declaration(1), json!({ "matter_id": "FREE-1", "office": "5301" }));
    let refused = office.desk.deciders.ask(dry(&officer, elsewhere.to_string())).await;
    assert_eq!(refusal(refused).0, Problem::Forbidden);
    assert_eq!(office.log_size().await, before);
}
