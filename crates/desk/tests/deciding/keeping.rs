//! Decisions that are kept: what the log says of them, and what whoever asks again is answered.

use greenlane_desk::Problem;
use greenlane_desk::decisions::Question;
use greenlane_evaluate::batch::ENGINE_VERSION;
use greenlane_policy::origin::Origin;
use greenlane_policy::units::Rate;
use greenlane_store::{DecisionRecord, Kind, RecordFormat, record};
use serde_json::json;

use super::asked::{
    decisions, declaration, item, lines, numbered, only, ordered, question, refusal, request, sources, with,
};
use super::known::day;
use super::law::replaced;
use crate::world::{DAY, world};

#[tokio::test]
async fn a_decision_stands_in_the_log_as_it_was_answered() {
    let world = world().await;
    let office = &world.office;
    let before = office.log_size().await;
    let answer = office.decided(&[ordered(1)]).await;
    let decision = only(&answer);
    assert_eq!((answer.first_entry, answer.repeated), (Some(before), false));
    assert_eq!((&decision["decided_on"], &decision["draw"]["epoch"]), (&json!(DAY), &json!(DAY)));
    assert_eq!((&decision["draw"]["selected"], &decision["draw"]["rate"]), (&json!(true), &json!("1")));

    let [(number, entry)] = &office.about(&numbered(1), Kind::Decision).await[..] else {
        panic!("one entry")
    };
    assert_eq!((number.get(), entry.at_us), (before, office.clock.now_us()));
    let law = office.desk.laws.in_force();
    let pack = &law.engine.pack;
    let kept = DecisionRecord::decode(&entry.body, &entry.subject, pack).unwrap();
    let version = kept.engine.map(|part| part.to_string()).join(".");
    assert_eq!((kept.pack, version.as_str()), (law.number, ENGINE_VERSION));
    assert_eq!(kept.format, RecordFormat::Second { epoch: day(DAY) });
    let inspection = kept.inspection.unwrap();
    let (draw, selected) = inspection.draw.unwrap();
    assert_eq!((inspection.rate, selected), (Rate::ALWAYS, true));
    assert_eq!(decision["draw"]["u"], format!("{:016x}", draw.u()));
    assert!(kept.sampling.is_none(), "a declaration is not sampled");
    assert_eq!(kept.facts.text(pack.core.matter_id, 0), Some(numbered(1).as_str()));
    let origin = |name: &str| kept.origins[usize::from(pack.facts.column(name).unwrap().0)];
    assert_eq!([origin("lane"), origin("decided_on")], [Origin::Customs, Origin::Default]);
    assert_eq!(office.desk.pace.last_minute(office.clock.now_us()), 1);
}

#[tokio::test]
async fn several_matters_are_answered_in_their_order_and_what_is_none_is_told_by_its_line() {
    let world = world().await;
    let office = &world.office;
    let text = [declaration(3).to_string(), "{".to_owned(), String::new(), ordered(1).to_string()].join("\n");
    let text = text + "\n{\"matter\":\"nonsense\"}\n";
    let answer = office.desk.deciders.ask(question(&office.machine().who, text)).await.unwrap();
    let ids: Vec<_> = decisions(&answer).iter().map(|one| one["matter_id"].clone()).collect();
    assert_eq!(ids, [numbered(3), numbered(1)]);
    let places: Vec<_> = answer.rejects.iter().map(|reject| reject.position.to_string()).collect();
    assert_eq!(places, ["line 2", "line 5"]);
    let first = answer.first_entry.unwrap();
    let entries = office.store.entries(first, 2).await.unwrap();
    assert_eq!(
        entries.iter().map(|(_, entry)| entry.subject.clone()).collect::<Vec<_>>(),
        [numbered(3), numbered(1)]
    );
    assert_eq!(office.desk.pace.last_minute(office.clock.now_us()), 2);
    assert!(answer.sources.is_empty(), "nobody asked");
}

#[tokio::test]
async fn a_call_without_any_matter_that_is_understood_keeps_nothing_and_has_no_entry() {
    let world = world().await;
    let before = world.office.log_size().await;
    let answer = world.office.desk.deciders.ask(question(&world.office.machine().who, "{\n")).await.unwrap();
    assert_eq!((answer.first_entry, answer.decisions.len(), answer.rejects.len()), (None, 0, 1));
    assert_eq!(world.office.log_size().await, before);
}

#[tokio::test]
async fn whoever_asks_again_under_the_same_key_is_answered_the_same_and_nothing_is_added() {
    let world = world().await;
    let office = &world.office;
    let asked = |matter, fingerprint| Question {
        request: request("K-1", fingerprint),
        sources: true,
        ..question(&office.machine().who, lines(&[matter, declaration(2)]))
    };
    let first = office.desk.deciders.ask(asked(ordered(1), 1)).await.unwrap();
    let size = office.log_size().await;
    // Another law is in force when it is asked again: it counts for nothing.
    let changed = replaced(&[("ordinary = \"0.0244\"", "ordinary = \"0.0300\"")]);
    office.change_the_law(&changed, day(DAY)).await;
    let again = office.desk.deciders.ask(asked(ordered(1), 1)).await.unwrap();
    assert_eq!((first.repeated, again.repeated), (false, true));
    assert_eq!((again.first_entry, decisions(&again)), (first.first_entry, decisions(&first)));
    assert_eq!((again.sources.len(), sources(&again)), (2, sources(&first)));
    assert_eq!(office.about(&numbered(1), Kind::Decision).await.len(), 1);
    let told = refusal(office.desk.deciders.ask(asked(ordered(1), 2)).await);
    assert_eq!(
        told,
        (Problem::IdempotencyKey, "this idempotency key was used for another request".to_owned())
    );
    // Without the key it is decided anew, by the law of now.
    let anew = office.decided_one(&ordered(1)).await;
    assert_ne!(anew["pack"]["hash"], decisions(&first)[0]["pack"]["hash"]);
    assert_eq!(anew["inspection"]["base_rate"], "0.03");
    assert_eq!(office.about(&numbered(1), Kind::Decision).await.len(), 2);
    assert!(office.log_size().await > size);
}

#[tokio::test]
async fn the_number_of_a_matter_says_at_which_office_it_is_decided() {
    let world = world().await;
    let office = &world.office;
    let everywhere = office.supervisor(0).who;
    let at = |office: &str, serial| with(declaration(serial), json!({ "office": office }));
    let before = office.log_size().await;
    let both = lines(&[declaration(1), at("5301", 2)]);
    let told = refusal(office.desk.deciders.ask(question(&everywhere, both)).await);
    let words = format!("`{}` is not a number of this office: nothing was decided", numbered(2));
    assert_eq!(told, (Problem::AnotherOffice, words));
    assert_eq!(office.log_size().await, before, "not even what stands before it");
    // A matter without such a number belongs to the office that decides it first.
    let free = |office: &str| with(at(office, 3), json!({ "matter_id": "FREE-1" })).to_string();
    let ask = async |office_at: &str| office.desk.deciders.ask(question(&everywhere, free(office_at))).await;
    ask("5301").await.unwrap();
    assert_eq!(office.store.matter_office("FREE-1").await.unwrap().unwrap().to_string(), "5301");
    assert_eq!(refusal(ask("2201").await).0, Problem::AnotherOffice);
    ask("5301").await.unwrap();
    // What is only tried belongs to nobody.
    assert_eq!(office.tried(&at("2201", 4)).await["matter_id"], numbered(4));
    assert_eq!(office.about("FREE-1", Kind::Decision).await.len(), 2);
}

#[tokio::test]
async fn calls_that_come_at_once_are_each_answered_with_their_own_decisions() {
    let world = world().await;
    let office = &world.office;
    let ask = async |call: u32| {
        let of_call: Vec<u32> = (0..call % 7 + 1).map(|at| call * 10 + at).collect();
        let matters: Vec<_> = of_call.iter().map(|serial| declaration(*serial)).collect();
        (of_call, office.decided(&matters).await)
    };
    let calls = futures_util::future::join_all((1..60).map(ask)).await;
    for (serials, answer) in calls {
        let first = answer.first_entry.unwrap();
        let entries = office.store.entries(first, serials.len() as u64).await.unwrap();
        let expected: Vec<String> = serials.iter().map(|serial| numbered(*serial)).collect();
        assert_eq!(
            entries.iter().map(|(_, entry)| &entry.subject).collect::<Vec<_>>(),
            expected.iter().collect::<Vec<_>>()
        );
        let answered: Vec<_> = decisions(&answer).iter().map(|one| one["matter_id"].clone()).collect();
        assert_eq!(answered, expected);
    }
}

#[tokio::test]
async fn a_goods_item_is_sampled_and_its_draw_is_kept() {
    let world = world().await;
    let office = &world.office;
    let food =
        with(item(1, "none"), json!({ "is_hazardous_chemical": false, "is_food": true, "lane": "ordinary" }));
    let mut food = food;
    food.as_object_mut().unwrap().remove("lot_id");
    let decision = office.decided_one(&food).await;
    assert!(decision["draw"].is_null() && decision["inspection"].is_null(), "{decision}");
    let (_, entry) = &office.about(decision["matter_id"].as_str().unwrap(), Kind::Decision).await[0];
    let head = record::head_of(&entry.body).unwrap();
    let sampling = head.sampling.unwrap();
    assert!(head.inspection.is_none());
    assert_eq!(decision["sampling"]["rate"], sampling.rate.to_string());
    let (draw, selected) = sampling.draw.unwrap();
    assert_eq!(decision["sampling_draw"]["u"], format!("{:016x}", draw.u()));
    assert_eq!(decision["sampling_draw"]["selected"], selected);
}

#[tokio::test]
async fn the_system_of_a_broker_learns_neither_rates_nor_draws_before_they_are_told() {
    let world = world().await;
    let office = &world.office;
    office.two_enterprises().await;
    let matter = super::asked::declared(1, super::known::REGULAR);
    let broker = super::asked::broker();
    let answer = office.desk.deciders.ask(question(&broker, matter.to_string())).await.unwrap();
    let kept = only(&answer);
    assert!(kept["draw"].is_null() && kept["inspection"].is_null(), "{kept}");
    // Customs' own system learns them, and so does the broker where draws are told at once.
    assert_eq!(office.decided_one(&declaration(2)).await["inspection"]["rate"], "0.0244");
    let told = office.others(|setting| setting.draws_told = greenlane_configuration::DrawsTold::AtOnce);
    let matter = super::asked::declared(3, super::known::REGULAR);
    let answer = told.ask(question(&broker, matter.to_string())).await.unwrap();
    assert_eq!(only(&answer)["draw"]["rate"], "0.0244");
    // What is kept is the same: the draw was made.
    let (_, entry) = &office.about(&numbered(1), Kind::Decision).await[0];
    assert!(record::head_of(&entry.body).unwrap().inspection.unwrap().draw.is_some());
}
