//! Disclosures (article 8): the last day of the window, what is handed in later, and what customs knows better.

use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::{Value, json};

use crate::applications::{REGULAR, made, moved, number, shown, today, two_enterprises};
use crate::server::Server;
use crate::support::places::Places;
use crate::{AEO, call, person, refused};

/// The earliest day from which a year has not passed.
fn a_year_ago() -> Date {
    let before = today().checked_sub(1.year()).unwrap();
    let ends = before.checked_add(1.year()).unwrap();
    if ends < today() { before.tomorrow().unwrap() } else { before }
}

fn violation(on: Date) -> Value {
    json!({
        "violation_on": on.to_string(), "violation_kind": "tax", "found_by_customs_before": false,
        "corrected_in_time": true, "tax_short": "5000000.00", "tax_due": "10000000.00",
    })
}

#[test]
fn a_disclosure_on_the_last_day_is_not_punished_and_one_day_later_it_is() {
    let places = Places::new();
    for database in places.databases() {
        let server = Server::start(&database, &places.key_file());
        two_enterprises(&server);
        let draft = made(&server, "voluntary_disclosure", AEO, &violation(a_year_ago()));
        let last_day = a_year_ago().checked_add(1.year()).unwrap().to_string();
        assert_eq!((&draft["state"], &draft["due_on"]), (&json!("draft"), &json!(last_day)), "{draft}");
        let in_time = number(&draft);
        let eligible = moved(&server, "li", in_time, "submit", json!({}));
        assert_eq!(
            (&eligible["state"], &eligible["submitted_on"]),
            (&json!("eligible"), &json!(today().to_string()))
        );
        assert!(eligible["decision"].is_u64());
        let settle_by = today().checked_add(30.days()).unwrap().to_string();
        let accepted = moved(&server, "li", in_time, "accept", json!({ "on": settle_by }));
        assert_eq!((&accepted["state"], &accepted["due_on"]), (&json!("accepted"), &json!(settle_by)));
        let settled = moved(&server, "li", in_time, "settle", json!({ "on": today().to_string() }));
        assert_eq!((&settled["state"], &settled["due_on"]), (&json!("settled"), &json!(null)));

        let day_before = a_year_ago().yesterday().unwrap();
        let late = number(&made(&server, "voluntary_disclosure", AEO, &violation(day_before)));
        assert_eq!(moved(&server, "li", late, "submit", json!({}))["state"], "ordinary", "{database}");
        let path = format!("/v1/applications/{late}/letter?language=en");
        let letter = server.call("GET", &path, &person(&server, "li"), None).body;
        assert!(letter.contains("Result: handled by the ordinary procedure"), "{letter}");
        assert!(letter.contains("[not met] disclosed within one year"), "{letter}");
        assert!(letter.contains("[met] disclosed before customs found out"), "{letter}");
        // For others the same day is late too: their window is half a year.
        let other = number(&made(&server, "voluntary_disclosure", REGULAR, &violation(a_year_ago())));
        assert_eq!(moved(&server, "li", other, "submit", json!({}))["state"], "ordinary");
    }
}

#[test]
fn what_a_disclosure_lacks_is_handed_in_and_the_day_of_disclosure_stays() {
    let places = Places::new();
    let server = Server::start(&places.sqlite(), &places.key_file());
    two_enterprises(&server);
    let mut facts = violation(a_year_ago());
    facts.as_object_mut().unwrap().remove("corrected_in_time");
    // A day is kept for a violation that is named, and for no other.
    let nothing = number(&made(&server, "voluntary_disclosure", AEO, &json!({ "corrected_in_time": true })));
    let submit = format!("/v1/applications/{nothing}/submit");
    let ground = json!({ "ground": "披露" });
    let unnamed = call(&server, "li", &submit, &ground);
    let detail = refused(&unnamed, 422, "statement");
    assert!(detail.contains("`violation_on` is missing"), "{detail}");
    assert_eq!(unnamed.json()["errors"][1]["field"], "violation_kind", "{}", unnamed.body);
    let day =
        json!({ "ground": "披露", "facts": { "violation_on": today().to_string(), "violation_kind": null } });
    let detail = refused(&call(&server, "li", &submit, &day), 422, "statement");
    assert!(!detail.contains("violation_on") && detail.contains("`violation_kind` is missing"), "{detail}");
    let disclosure = number(&made(&server, "voluntary_disclosure", AEO, &facts));
    let lacking = moved(&server, "li", disclosure, "submit", json!({}));
    assert_eq!(lacking["state"], "incomplete");
    let path = format!("/v1/applications/{disclosure}/letter");
    let letter = server.call("GET", &path, &person(&server, "li"), None).body;
    assert!(letter.contains("还需提供：") && letter.contains("[待核实] 及时改正"), "{letter}");
    let wrong = json!({ "ground": "补正", "facts": { "corrected_in_time": "perhaps" } });
    let detail = refused(
        &call(&server, "li", &format!("/v1/applications/{disclosure}/submit"), &wrong),
        422,
        "statement",
    );
    assert!(detail.contains("corrected_in_time"), "{detail}");
    assert_eq!(shown(&server, disclosure)["state"], "incomplete", "nothing of a refused move is kept");
    for other in [
        json!({ "violation_on": today().to_string() }),
        json!({ "violation_on": null }),
        json!({ "violation_kind": "other" }),
    ] {
        let word = json!({ "ground": "补正", "facts": other });
        let path = format!("/v1/applications/{disclosure}/submit");
        let detail = refused(&call(&server, "li", &path, &word), 422, "statement");
        assert!(detail.contains("another violation is another disclosure"), "{other}: {detail}");
    }
    let handed_in = json!({ "facts": { "corrected_in_time": true, "violation_kind": "tax" } });
    let eligible = moved(&server, "li", disclosure, "submit", handed_in);
    assert_eq!(
        (&eligible["state"], &eligible["facts"]["corrected_in_time"]),
        (&json!("eligible"), &json!(true))
    );
}

#[test]
fn an_officer_says_that_customs_had_found_it_before() {
    let places = Places::new();
    let server = Server::start(&places.sqlite(), &places.key_file());
    two_enterprises(&server);
    let disclosure = number(&made(&server, "voluntary_disclosure", AEO, &violation(a_year_ago())));
    assert_eq!(moved(&server, "li", disclosure, "submit", json!({}))["state"], "eligible");
    let known = json!({ "facts": { "found_by_customs_before": true } });
    let assessed = moved(&server, "li", disclosure, "assess", known);
    assert_eq!(assessed["state"], "ordinary", "{assessed}");
    let path = format!("/v1/applications/{disclosure}/letter?language=en");
    let letter = server.call("GET", &path, &person(&server, "li"), None).body;
    assert!(letter.contains("[not met] disclosed before customs found out"), "{letter}");
}
