//! The registry: who makes enterprises known, states what holds of them, and writes down what happened to them.

use greenlane_access::{Caller as Who, Resource, Role};
use greenlane_desk::actions::registry::{
    ANY, identifier, identifier_of, may_record, one_of, post_events, record, register, seen, usual_office,
    withdraw_event, withdraw_record,
};
use greenlane_desk::{Caller, Problem};
use greenlane_intake::identifiers::EnterpriseId;
use greenlane_ledger::registry::{RegistryBody, RegistryChange};
use greenlane_store::Kind;
use greenlane_store::registry::{IdentifierKind, NewEnterprise, RecordKind};
use greenlane_terms::numbers::{EnterpriseNumber, EventNumber, RecordNumber};

use super::matters_of::{AEO, REGULAR, author, event, office, record as new_record};
use super::people_of::{refused, untold};
use super::world::{World, world};

async fn with_registry() -> World {
    let world = world().await;
    world.registry().await;
    world
}

fn enterprise(id: &str, name: Option<&str>) -> NewEnterprise {
    NewEnterprise { identifiers: vec![identifier_of(id)], name: name.map(str::to_owned) }
}

fn officer_at(world: &World, offices: &[&str]) -> Caller {
    let offices = offices.iter().map(|one| (*one).to_owned()).collect();
    let roles = [Role::Officer].into();
    world.calls(Who { account: 66, login: "wang".to_owned(), roles, offices, ..Who::default() })
}

/// What the last entry says was done, by whom, and why.
async fn last(world: &World) -> RegistryBody {
    let (_, entry) = world.office.store.entries_of_kind(Kind::Registry, None, 1).await.unwrap().remove(0);
    RegistryBody::read(&entry.body).unwrap()
}

#[tokio::test]
async fn whoever_serves_all_offices_makes_enterprises_known() {
    let world = world().await;
    let (registrar, desk) = (world.office.supervisor(0), world.desk());
    let size = world.size().await;
    let new = [enterprise(AEO, Some("样例公司"))];
    for by in [
        world.office.officer(0),
        world.office.machine(),
        world.office.lawmaker(0),
        world.office.applicant(AEO),
    ] {
        let made = register(desk, &by, &new, &author(&by, "备案"), None).await;
        refused(made, Problem::Forbidden, "do `record_enterprise` here");
    }
    assert_eq!(world.size().await, size);
    let made = register(desk, &registrar, &new, &author(&registrar, "备案"), None).await.unwrap();
    assert_eq!((made.entries.len(), made.repeated), (1, false));
    let body = last(&world).await;
    assert_eq!((&body.person[..], &body.ground[..]), ("qian", "备案"));
    let number = desk.number_of(AEO, None).await.unwrap();
    let (found, resource) = one_of(desk, number).await.unwrap();
    let found = found.unwrap();
    assert_eq!((found.number, found.name.as_deref()), (number, Some("样例公司")));
    assert_eq!(resource, Resource::Enterprise { ids: vec![AEO.to_owned()] });
    let other = NewEnterprise { identifiers: vec![identifier_of(REGULAR)], name: None };
    register(desk, &registrar, std::slice::from_ref(&other), &author(&registrar, "备案"), None)
        .await
        .unwrap();
    let size = world.size().await;
    let both = NewEnterprise { identifiers: vec![identifier_of(AEO), identifier_of(REGULAR)], name: None };
    let made = register(desk, &registrar, &[both], &author(&registrar, "备案"), None).await;
    refused(made, Problem::Conflict, "belong to different enterprises");
    assert_eq!(world.size().await, size);
}

#[tokio::test]
async fn an_enterprise_is_found_by_its_number_and_nobody_by_another() {
    let world = with_registry().await;
    for (number, id) in [(1, Some(AEO)), (2, Some(REGULAR)), (0, None), (3, None), (u64::MAX, None)] {
        let (found, resource) = one_of(world.desk(), EnterpriseNumber::new(number)).await.unwrap();
        assert_eq!(found.map(|one| one.number.get()), id.map(|_| number));
        assert_eq!(resource, Resource::Enterprise { ids: id.map(str::to_owned).into_iter().collect() });
    }
    assert_eq!(ANY, Resource::Enterprise { ids: Vec::new() });
}

#[tokio::test]
async fn an_enterprise_sees_itself_and_officers_see_all() {
    let world = with_registry().await;
    let desk = world.desk();
    let code = format!("AEOCN{AEO}");
    for by in [world.office.applicant(AEO), world.office.officer(0), world.office.machine()] {
        for id in [AEO, &code] {
            let (number, found) = seen(desk, &by, id, None).await.unwrap();
            assert_eq!((number, found.unwrap().number), (EnterpriseNumber::new(1), EnterpriseNumber::new(1)));
        }
    }
    let words = |id: &str| format!("no enterprise has the identifier or number `{id}`");
    let acme = world.office.applicant(AEO);
    let other = seen(desk, &acme, REGULAR, None).await;
    untold(other, Problem::NotInRegistry, &words(REGULAR), Problem::Forbidden);
    let none = "3101910077";
    untold(seen(desk, &acme, none, None).await, Problem::NotInRegistry, &words(none), Problem::NotThere);
    let officer = world.office.officer(0);
    untold(
        seen(desk, &officer, none, None).await,
        Problem::NotInRegistry,
        &words(none),
        Problem::NotInRegistry,
    );
    let before = seen(desk, &officer, AEO, Some(world.now_us() - 1)).await;
    refused(before, Problem::NotInRegistry, &words(AEO));
    assert!(seen(desk, &officer, AEO, Some(world.now_us())).await.is_ok());
    let number = desk.number_of("AEOCN3101910077", None).await;
    refused(number, Problem::NotInRegistry, &words(none));
}

#[test]
fn an_identifier_is_kept_as_what_it_is() {
    let cases = [
        ("3101910012", IdentifierKind::CustomsCode, "3101910012"),
        ("CN3101910012", IdentifierKind::CustomsCode, "3101910012"),
        ("91110108551385082Q", IdentifierKind::Uscc, "91110108551385082Q"),
        ("SG123456789012", IdentifierKind::Other, "SG123456789012"),
        ("KR-1", IdentifierKind::Other, "KR-1"),
    ];
    for (text, kind, id) in cases {
        let found = identifier_of(text);
        assert_eq!((found.kind, &found.id[..]), (kind, id), "{text}");
    }
    let said = identifier(EnterpriseId::of_aeo_code("SG123456789012").unwrap());
    assert_eq!((said.kind, &said.id[..]), (IdentifierKind::AeoCode, "SG123456789012"));
}

#[tokio::test]
async fn what_holds_of_an_enterprise_is_stated_and_taken_back() {
    let world = with_registry().await;
    let (registrar, desk) = (world.office.supervisor(0), world.desk());
    let by = author(&registrar, "报表");
    let new = || new_record(RecordKind::Statement, "industry", "C39");
    let size = world.size().await;
    for other in [world.office.officer(0), world.office.machine()] {
        let kept = record(desk, &other, (AEO, None), new(), &by, None).await;
        refused(kept, Problem::Forbidden, "do `record_enterprise` here");
        let kept = withdraw_record(desk, &other, AEO, RecordNumber::new(1), &by, None).await;
        refused(kept, Problem::Forbidden, "do `record_enterprise` here");
    }
    for (id, related) in [("3101910077", None), (AEO, Some("3101910077"))] {
        let kept = record(desk, &registrar, (id, related), new(), &by, None).await;
        refused(kept, Problem::NotInRegistry, "`3101910077`");
    }
    assert_eq!(world.size().await, size);
    record(desk, &registrar, (AEO, None), new(), &by, None).await.unwrap();
    let relation = new_record(RecordKind::Relation, "industry", "C40");
    record(desk, &registrar, (AEO, Some(REGULAR)), relation, &by, None).await.unwrap();
    let number = EnterpriseNumber::new(1);
    let records = async || world.office.store.records(number, RecordNumber::new(0), 9).await.unwrap();
    let kept = records().await;
    assert_eq!(
        kept.iter().map(|one| one.record.related).collect::<Vec<_>>(),
        [None, None, Some(EnterpriseNumber::new(2))]
    );
    assert_eq!((&kept[1].record, &kept[1].author), (&new(), &by));

    let withdraw =
        async |id: &str, number: RecordNumber| withdraw_record(desk, &registrar, id, number, &by, None).await;
    let words = format!("there is no record {}", kept[1].number);
    refused(withdraw(REGULAR, kept[1].number).await, Problem::NotInRegistry, &words);
    refused(withdraw("3101910077", kept[1].number).await, Problem::NotInRegistry, "`3101910077`");
    withdraw(AEO, kept[1].number).await.unwrap();
    assert!(records().await.iter().any(|one| one.number == kept[1].number && one.withdrawn.is_some()));
    refused(withdraw(AEO, kept[1].number).await, Problem::Conflict, "was withdrawn before");
}

#[tokio::test]
async fn events_are_written_down_in_the_name_of_one_s_own_offices() {
    let world = with_registry().await;
    let desk = world.desk();
    let size = world.size().await;
    let (here, two) = (officer_at(&world, &["2201"]), officer_at(&world, &["2201", "5301"]));
    let registrar = world.office.supervisor(0);
    let forbidden: [(&Caller, &[Option<&str>]); 4] = [
        (&here, &[Some("5301")]),
        (&here, &[None]),
        (&here, &[Some("2201"), Some("5301")]),
        (&two, &[Some("2201"), None]),
    ];
    let posted = async |by: &Caller, at: &[Option<&str>]| {
        let events: Vec<_> = at.iter().map(|at| event(AEO, "penalty", *at)).collect();
        post_events(desk, by, &events, &author(by, "处罚"), None).await
    };
    for (by, at) in forbidden {
        refused(posted(by, at).await, Problem::Forbidden, "do `record_event` here");
    }
    refused(posted(&here, &[]).await, Problem::BadRequest, "there is no event to record");
    assert_eq!(world.size().await, size);
    posted(&here, &[Some("2201")]).await.unwrap();
    posted(&two, &[Some("2201"), Some("5301")]).await.unwrap();
    posted(&registrar, &[None]).await.unwrap();
    let kept = world.office.store.events(EnterpriseNumber::new(1), EventNumber::new(0), 9).await.unwrap();
    let offices: Vec<_> = kept.iter().map(|one| one.office).collect();
    assert_eq!(offices, [Some(office("2201")), Some(office("2201")), Some(office("5301")), None]);
    assert_eq!((&kept[0].kind[..], &kept[0].author.person[..]), ("penalty", "wang"));
}

#[tokio::test]
async fn only_the_office_that_wrote_an_event_down_takes_it_back() {
    let world = with_registry().await;
    let desk = world.desk();
    let (here, there) = (officer_at(&world, &["2201"]), officer_at(&world, &["5301"]));
    let registrar = world.office.supervisor(0);
    let events = [event(AEO, "penalty", Some("2201")), event(AEO, "penalty", None)];
    post_events(desk, &registrar, &events, &author(&registrar, "处罚"), None).await.unwrap();
    let withdraw = async |by: &Caller, number: u64| {
        withdraw_event(desk, by, EventNumber::new(number), &author(by, "误录"), None).await
    };
    let size = world.size().await;
    refused(withdraw(&there, 1).await, Problem::Forbidden, "do `record_event` here");
    refused(withdraw(&here, 2).await, Problem::Forbidden, "do `record_event` here");
    refused(withdraw(&world.office.lawmaker(0), 1).await, Problem::Forbidden, "do `record_event` here");
    // Of what is not there whoever may record any hears so.
    for by in [&here, &there, &officer_at(&world, &["2201", "5301"]), &registrar] {
        refused(withdraw(by, 99).await, Problem::NotInRegistry, "there is no event 99");
    }
    refused(withdraw(&world.office.lawmaker(0), 99).await, Problem::Forbidden, "do `record_event` here");
    assert_eq!(world.size().await, size);
    withdraw(&here, 1).await.unwrap();
    let body = last(&world).await;
    assert_eq!((&body.person[..], &body.ground[..]), ("wang", "误录"));
    assert!(matches!(body.change, RegistryChange::EventWithdrawn { .. }), "{:?}", body.change);
    refused(withdraw(&here, 1).await, Problem::Conflict, "was withdrawn before");
    withdraw(&registrar, 2).await.unwrap();
    let kept = world.office.store.events(EnterpriseNumber::new(1), EventNumber::new(0), 9).await.unwrap();
    assert!(kept.iter().all(|one| one.withdrawn.is_some()));
}

#[tokio::test]
async fn whoever_serves_one_office_records_in_its_name_and_others_say_which() {
    let world = world().await;
    let cases: [(&[&str], Option<Option<&str>>); 5] = [
        (&["2201"], Some(Some("2201"))),
        (&["2201", "5301"], None),
        (&["*"], Some(None)),
        (&["*", "2201"], Some(None)),
        (&[], Some(None)),
    ];
    for (offices, expected) in cases {
        let found = usual_office(&officer_at(&world, offices));
        assert_eq!(found, expected.map(|one| one.map(office)), "{offices:?}");
    }
    let here = officer_at(&world, &["2201"]);
    assert!(may_record(&here, Some(office("2201"))).is_ok());
    for at in [Some(office("5301")), None] {
        refused(may_record(&here, at), Problem::Forbidden, "do `record_event` here");
        assert!(may_record(&world.office.supervisor(0), at).is_ok());
    }
}
