//! Rates kept honest: what was set and what draws came to, side by side, and an alarm when a legal cap is broken.

use serde_json::{Value, json};

use crate::receiver::Receiver;
use crate::server::Server;
use crate::support::places::Places;

/// A declaration with its goods, decided by what it states itself.
fn stated(id: &str, office: &str, level: &str) -> Value {
    json!({
        "matter_id": id, "matter": "export_declaration", "decided_on": "2024-08-30", "office": office, "lane": "ordinary",
        "consignee_consignor_level": level, "consignee_consignor_findings_1y": 0, "declarant_level": "regular",
        "end_user_level": "regular", "mandatory_inspection": false,
    })
}

fn decide(server: &Server, count: u32, matter: impl Fn(u32) -> Value) {
    let matters: Vec<Value> = (0..count).map(matter).collect();
    for some in matters.chunks(500) {
        let response = server.decide(&json!(some).to_string(), &[]);
        assert_eq!(response.status, 200, "{}", response.body);
    }
}

/// The report of 2024, once all that is in the log has been counted.
fn report(server: &Server, who: &str, query: &str) -> Value {
    let token = server.token_of("reader", &["--role", "auditor"]);
    let size = server.call("GET", "/v1/log/head", &token, None).json()["size"].as_u64().unwrap();
    let started = std::time::Instant::now();
    loop {
        let response = server.call("GET", &format!("/v1/rates?year=2024{query}"), who, None);
        assert_eq!(response.status, 200, "{}", response.body);
        let report = response.json();
        if report["counted"].as_u64().unwrap() >= size {
            return report;
        }
        assert!(started.elapsed().as_secs() < 60, "{report}");
        std::thread::yield_now();
    }
}

fn one<'r>(list: &'r Value, fields: &[(&str, Value)]) -> Option<&'r Value> {
    let is = |row: &&Value| fields.iter().all(|(name, value)| row[name] == *value);
    list.as_array().unwrap().iter().find(is)
}

/// Alarms, once at least so many were raised.
fn alarms(server: &Server, who: &str, least: usize) -> Vec<Value> {
    let started = std::time::Instant::now();
    loop {
        let response = server.call("GET", "/v1/alarms", who, None);
        assert_eq!(response.status, 200, "{}", response.body);
        let found = response.json()["items"].as_array().unwrap().clone();
        if found.len() >= least {
            return found;
        }
        assert!(started.elapsed().as_secs() < 60, "{found:?}");
        std::thread::yield_now();
    }
}

#[test]
fn set_and_realised_sampling_rates_stand_side_by_side_for_each_class_of_goods() {
    let places = Places::new();
    for database in [places.sqlite(), places.postgres()] {
        let server = Server::start(&database, &places.key_file());
        let food = |at: u32| {
            let level = ["advanced", "regular"][at as usize % 2];
            let mut matter = stated(&format!("F{at}"), "3101", level);
            (matter["unit"], matter["is_food"], matter["is_cosmetics"]) =
                ("item".into(), true.into(), false.into());
            matter
        };
        decide(&server, 2_000, food);
        // Decided again, a matter has the same draw: it counts once.
        decide(&server, 500, food);
        let supervisor = server.token_of("sun", &["--role", "supervisor", "--office", "*"]);
        let report = report(&server, &supervisor, "");
        for office in [Value::Null, "3101".into()] {
            for (level, set) in [("advanced", 0.0095), ("regular", 0.05)] {
                let row =
                    [("office", office.clone()), ("stage", "sampling".into()), ("class", "food".into())];
                let found = one(&report["rates"], &[&row[..], &[("level", level.into())]].concat()).unwrap();
                assert_eq!(found["draws"], 1_000, "{found}");
                assert!((found["set"].as_f64().unwrap() - set).abs() < 1e-9, "{found}");
                let realised = found["selected"].as_f64().unwrap() / 1_000.0;
                assert!((found["realised"].as_f64().unwrap() - realised).abs() < 1e-12, "{found}");
                let [lower, upper] = ["lower", "upper"].map(|bound| found[bound].as_f64().unwrap());
                assert!(lower <= realised && realised <= upper, "{found}");
                assert_eq!((&found["is_credible"], &found["impossible"]), (&true.into(), &0.into()));
            }
        }
        let cap = one(&report["caps"], &[("measure", "1".into()), ("office", Value::Null)]).unwrap();
        assert_eq!(
            (&cap["class"], &cap["share"], &cap["article"]),
            (&"food".into(), &"0.20".into(), &"一".into())
        );
        assert_eq!((&cap["is_strict"], &cap["against"]), (&true.into(), &"regular".into()));
        assert_eq!((&cap["favoured"]["draws"], &cap["others"]["draws"]), (&1_000.into(), &1_000.into()));
        assert_ne!(cap["state"], "broken", "{cap}");
        assert_eq!(report["not_applied"], json!([]));
    }
}

/// The alarms of the office and of all offices, as they are listed and as they are delivered.
fn are_about_the_cap(raised: &[Value], receiver: &Receiver) {
    let about = |alarm: &Value| {
        (alarm["alarm"].clone(), alarm["cap"]["measure"].clone(), alarm["cap"]["office"].clone())
    };
    let mut abouts: Vec<_> = raised.iter().map(about).collect();
    abouts.sort_by_key(|(_, _, office)| office.is_null());
    let expected = [Value::from("4201"), Value::Null].map(|office| ("cap".into(), "251-rate".into(), office));
    assert_eq!(abouts, expected, "{raised:?}");
    let delivered: Vec<Value> = receiver
        .wait(|found| found.iter().map(|one| one.entries().len()).sum::<usize>() >= 2)
        .iter()
        .flat_map(crate::receiver::Delivery::entries)
        .collect();
    assert!(
        delivered.iter().all(|entry| entry["kind"] == "alarm" && entry["body"]["year"] == 2024),
        "{delivered:?}"
    );
}

/// Each office sees its own; the alarm about all of them is for who sees all.
fn each_sees_its_own(server: &Server, raised: &[Value]) {
    let officer =
        |office| server.token_of(&format!("officer-{office}"), &["--role", "officer", "--office", office]);
    assert_eq!(alarms(server, &officer("4201"), 1).len(), 1);
    assert_eq!(alarms(server, &officer("3101"), 0).len(), 0);
    let entry =
        raised.iter().find(|alarm| !alarm["cap"]["office"].is_null()).unwrap()["entry"].as_u64().unwrap();
    let receipt =
        |who: &str| server.call("GET", &format!("/v1/log/entries/{entry}/receipt"), who, None).status;
    assert_eq!((receipt(&officer("4201")), receipt(&officer("3101"))), (200, 404));
}

#[test]
fn an_office_that_orders_the_inspection_of_every_aeo_breaks_the_cap_and_raises_an_alarm_once() {
    let places = Places::new();
    for database in [places.sqlite(), places.postgres()] {
        let receiver = Receiver::start();
        let server = Server::start(&database, &places.key_file());
        let keeper = server.token_of("keeper", &["--role", "administrator"]);
        let webhook = json!({ "url": receiver.url(), "kinds": ["alarm"] }).to_string();
        let made = server.call("POST", "/v1/webhooks", &keeper, Some(&webhook));
        assert_eq!(made.status, 201, "{}", made.body);
        let ordering = |from: u32| {
            move |at: u32| {
                let (office, aeo) = (["4201", "3101"][at as usize % 2], at % 4 < 2);
                let level = if aeo { "advanced" } else { "regular" };
                let mut matter = stated(&format!("O{}", from + at), office, level);
                matter["unit"] = "declaration".into();
                matter["mandatory_inspection"] = (aeo && office == "4201").into();
                matter
            }
        };
        decide(&server, 2_000, ordering(0));
        let supervisor = server.token_of("sun", &["--role", "supervisor", "--office", "*"]);
        let found = report(&server, &supervisor, "");
        let cap = |office: Value| {
            one(&found["caps"], &[("measure", "251-rate".into()), ("office", office)]).unwrap()
        };
        let broken = cap("4201".into());
        assert_eq!((&broken["state"], &broken["article"]), (&"broken".into(), &"署令251".into()), "{broken}");
        assert_eq!(
            (&broken["favoured"]["ordered"], &broken["favoured"]["realised"]),
            (&500.into(), &1.0.into())
        );
        assert_ne!(cap("3101".into())["state"], "broken");
        let faults = found["not_applied"].as_array().unwrap();
        let fault = one(&found["not_applied"], &[("measure", "251-rate".into())]).unwrap();
        assert_eq!(
            (&fault["office"], &fault["why"], &fault["stage"]),
            (&"4201".into(), &"cap".into(), &"inspection".into())
        );
        assert!(faults.iter().all(|fault| fault["office"] == "4201"), "{faults:?}");

        let raised = alarms(&server, &supervisor, 2);
        are_about_the_cap(&raised, &receiver);

        // More of the same is no new alarm, and neither is another start.
        decide(&server, 400, ordering(2_000));
        let again = report(&server, &supervisor, "&office=4201");
        assert_eq!(one(&again["rates"], &[("level", "advanced".into())]).unwrap()["draws"], 600);
        drop(server);
        let server = Server::start(&database, &places.key_file());
        report(&server, &supervisor, "");
        assert_eq!(alarms(&server, &supervisor, 2).len(), 2);

        each_sees_its_own(&server, &raised);
    }
}
