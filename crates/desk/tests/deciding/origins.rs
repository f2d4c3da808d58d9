//! Where facts come from, and who may state them.

use greenlane_desk::Problem;
use greenlane_desk::decisions::{Answer, Question};
use serde_json::{Value, json};

use super::asked::{
    broker, decisions, declaration, declared, dry, lines, numbered, only, question, refusal, sources, with,
};
use super::known::{AEO, REGULAR};
use crate::office::{OFFICE, Office};
use crate::world::{World, world};

async fn answered(office: &Office, asked: Question) -> Answer {
    office.desk.deciders.ask(Question { sources: true, ..asked }).await.unwrap()
}

/// The names of facts of an origin.
fn names(sources: &Value, origin: &str) -> Vec<String> {
    let named = sources[origin].as_array().into_iter().flatten();
    named.map(|name| name.as_str().unwrap().to_owned()).collect()
}

async fn with_enterprises() -> World {
    let world = world().await;
    world.office.two_enterprises().await;
    world
}

#[tokio::test]
async fn what_is_stated_comes_from_customs_an_officer_or_a_declarant_by_whoever_states_it() {
    let world = with_enterprises().await;
    let office = &world.office;
    let by_customs = answered(office, question(&office.machine().who, declaration(1).to_string())).await;
    let by_officer = answered(office, question(&office.officer(0).who, declaration(2).to_string())).await;
    let by_broker = answered(office, question(&broker(), declared(3, AEO).to_string())).await;
    for (answer, origin) in [(by_customs, "customs"), (by_officer, "officer"), (by_broker, "declarant")] {
        let of = sources(&answer).remove(0);
        assert!(names(&of, origin).contains(&"office".to_owned()), "{origin}: {of}");
        assert!(names(&of, "default").contains(&"decided_on".to_owned()), "{origin}: {of}");
        let others = ["customs", "officer", "declarant"].into_iter().filter(|one| *one != origin);
        assert!(others.into_iter().all(|other| of[other].is_null()), "{origin}: {of}");
    }
}

#[tokio::test]
async fn each_matter_of_a_call_has_its_own_origins() {
    let world = with_enterprises().await;
    let office = &world.office;
    let mut bare = declaration(2);
    bare.as_object_mut().unwrap().remove("lane");
    let named = with(declared(3, AEO), json!({ "mandatory_inspection": true }));
    let text = lines(&[declaration(1), bare, named, declaration(4)]);
    let answer = answered(office, question(&office.machine().who, text)).await;
    let of = sources(&answer);
    assert_eq!(of.len(), 4);
    let has_lane: Vec<bool> =
        of.iter().map(|one| names(one, "customs").contains(&"lane".to_owned())).collect();
    assert_eq!(has_lane, [true, false, false, true]);
    let registered: Vec<bool> = of.iter().map(|one| !one["registry"].is_null()).collect();
    assert_eq!(registered, [false, false, true, false]);
    assert!(names(&of[2], "registry").contains(&"consignee_consignor_level".to_owned()));
}

#[tokio::test]
async fn a_broker_states_what_is_a_declarants_to_state_and_the_rest_is_set_aside() {
    let world = with_enterprises().await;
    let office = &world.office;
    let honest = declared(1, AEO);
    let lie = with(declared(2, REGULAR), json!({ "consignee_consignor_level": "advanced" }));
    let yesterday = with(declared(3, AEO), json!({ "decided_on": "2025-09-02" }));
    let today = with(declared(4, AEO), json!({ "decided_on": "2025-09-03" }));
    let text = lines(&[honest, lie.clone(), yesterday, today]);
    let answer = answered(office, question(&broker(), text)).await;
    let ids: Vec<_> = decisions(&answer).iter().map(|one| one["matter_id"].clone()).collect();
    assert_eq!(ids, [numbered(1), numbered(4)]);
    let reasons: Vec<&str> = answer.rejects.iter().map(|reject| reject.reason.as_str()).collect();
    assert_eq!(reasons[0], "`consignee_consignor_level` is stated by customs only: the registry says it");
    assert!(
        reasons[1].contains("is not 2025-09-03, today: customs alone decides as of another day"),
        "{reasons:?}"
    );
    // Customs states both.
    let by_customs = answered(office, question(&office.machine().who, lie.to_string())).await;
    let of = sources(&by_customs).remove(0);
    assert_eq!(names(&of, "customs_over_registry"), ["consignee_consignor_level"]);
    // In a dry run the broker supposes it.
    let supposed = answered(office, dry(&broker(), lie.to_string())).await;
    let of = sources(&supposed).remove(0);
    assert_eq!(names(&of, "supposed"), ["consignee_consignor_level"], "{of}");
}

#[tokio::test]
async fn no_caller_names_a_matter_that_is_the_servers_own() {
    let world = with_enterprises().await;
    let office = &world.office;
    for begins in ["application/", "task/", "lot/", "spot-check/"] {
        let hostile = with(declaration(1), json!({ "matter_id": format!("{begins}1") }));
        for asked in [
            question(&office.machine().who, hostile.to_string()),
            dry(&office.machine().who, hostile.to_string()),
        ] {
            let answer = office.desk.deciders.ask(asked).await.unwrap();
            let [reject] = &answer.rejects[..] else { panic!("{begins}: it was decided") };
            let words = format!("`matter_id` begins with `{begins}`: only this server gives such ids");
            assert_eq!((reject.reason.as_str(), answer.decisions.len()), (words.as_str(), 0));
        }
    }
}

#[tokio::test]
async fn a_declarant_gets_what_the_pack_assumes_where_customs_has_said_nothing() {
    let world = with_enterprises().await;
    let office = &world.office;
    let answer = answered(office, question(&broker(), declared(1, REGULAR).to_string())).await;
    assert!(names(&sources(&answer)[0], "default").contains(&"lane".to_owned()));
    let bare = json!({ "matter_id": "M-1", "matter": "import_declaration", "unit": "declaration", "office": OFFICE });
    let by_customs = answered(office, question(&office.machine().who, bare.to_string())).await;
    assert!(only(&by_customs)["inspection"].is_null(), "no lane, no rate");
}

#[tokio::test]
async fn a_text_is_read_in_the_format_that_is_said() {
    let world = with_enterprises().await;
    let office = &world.office;
    let xml = super::asked::wco("X-1", 1);
    let as_xml = |text: String| Question {
        format: greenlane_desk::decisions::Format::Xml,
        ..question(&office.machine().who, text)
    };
    let answer = office.desk.deciders.ask(as_xml(xml.clone())).await.unwrap();
    let ids: Vec<_> =
        decisions(&answer).iter().map(|one| one["matter_id"].as_str().unwrap().to_owned()).collect();
    assert!(ids.iter().all(|id| id.starts_with("X-1")) && !ids.is_empty(), "{ids:?} {:?}", answer.rejects);
    let (problem, words) = refusal(office.desk.deciders.ask(as_xml("<broken".to_owned())).await);
    assert_eq!(problem, Problem::BadRequest, "{words}");
    let lines = office.desk.deciders.ask(question(&office.machine().who, xml)).await.unwrap();
    assert_eq!((lines.decisions.len(), lines.rejects.is_empty()), (0, false), "it is no JSON");
}
