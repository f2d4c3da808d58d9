//! Files into the registry: bad rows set aside, the same file twice, a file that goes on.

use serde_json::Value;

use crate::server::Server;
use crate::support::{greenlane, stdout, text};
use crate::{Places, get};

fn import(what: &str, file: &std::path::Path, database: &str, code: i32) -> Value {
    let run = greenlane(&["import", what, text(file), "--database", database, "--json"]);
    serde_json::from_str(&stdout(&run, code)).unwrap()
}

fn tally(said: &Value, what: &str) -> [u64; 4] {
    ["enterprises", what, "unchanged", "rejected"].map(|field| said[field].as_u64().unwrap())
}

const FIRMS: &str = "customs_code,uscc,name,valid_from,level,debt_ratio[2023]\n\
    3101910012,91350100M000100Y43,A,2024-01-01,regular,0.5\n\
    310191001,,B,,advanced,\n\
    3101910013,,C,,excellent,\n\
    3101910012,,A,2024-07-01,advanced,0.5000\n\
    3101910015,,E,2024-01-01,,\n\
    3101910015,91350100M000100Y43,D,,advanced,\n\
    3101910015,,E,2024-01-01,advanced,\n";

#[test]
fn bad_rows_are_set_aside_and_the_same_file_again_changes_nothing() {
    let places = Places::new();
    for database in places.databases() {
        let file = places.file("firms.csv", FIRMS);
        let said = import("enterprises", &file, &database, 5);
        assert_eq!(tally(&said, "records"), [2, 3, 0, 4], "{database} {said}");
        let rejects = std::fs::read_to_string(file.with_extension("rejects.ndjson")).unwrap();
        for part in [
            "\"line\":3",
            "has 9 characters",
            "\"line\":4",
            "is `excellent`",
            "\"line\":7",
            "belong to different enterprises",
            "\"line\":8",
            "of the same enterprise and day",
        ] {
            assert!(rejects.contains(part), "{part}\n{rejects}");
        }
        let server = Server::start(&database, &places.key_file());
        let size = get(&server, "/v1/log/head")["size"].as_u64().unwrap();
        assert_eq!(tally(&import("enterprises", &file, &database, 5), "records"), [0, 0, 3, 4]);
        assert_eq!(get(&server, "/v1/log/head")["size"].as_u64().unwrap(), size, "nothing was logged either");
        let shown =
            |on: &str| get(&server, &format!("/v1/enterprises/91350100M000100Y43?on={on}"))["facts"].clone();
        assert_eq!(shown("2024-06-30")["level"]["value"], "regular");
        assert_eq!(shown("2024-07-01")["level"]["value"], "advanced");
        assert_eq!(shown("2024-12-31")["debt_ratio[y1]"]["value"], "0.5000");
        assert_eq!(shown("2025-01-01")["debt_ratio[y2]"]["value"], "0.5000");
        // One cell differs: one record more, from the same day, which counts since it was recorded later.
        let changed =
            places.file("firms2.csv", &FIRMS.replace("2024-07-01,advanced", "2024-07-01,dishonest"));
        assert_eq!(tally(&import("enterprises", &changed, &database, 5), "records"), [0, 1, 2, 4]);
        assert_eq!(shown("2024-07-01")["level"]["value"], "dishonest");
        let listed = get(&server, "/v1/enterprises?limit=1");
        assert_eq!(listed["items"][0]["identifiers"][0]["id"], "3101910012");
        let rest = get(&server, &format!("/v1/enterprises?after={}", listed["next"]));
        assert_eq!((rest["items"][0]["name"].as_str(), &rest["next"]), (Some("E"), &Value::Null));
    }
}

#[test]
fn a_file_of_events_that_grew_adds_only_what_is_new() {
    let places = Places::new();
    for database in places.databases() {
        let head = "enterprise,kind,on,amount,reference\n";
        let rows = "3101910012,finding,2024-05-01,,\n3101910012,finding,2024-05-01,,\nCN3101910012,tax_payment,2023-05-01,10.50,T1\n\
            3101910012,tax_payment,2023-05-01,,T2\n3101910012,arrival,2024-05-01,,\n";
        let file = places.file("events.csv", &format!("{head}{rows}"));
        let said = import("events", &file, &database, 5);
        assert_eq!(tally(&said, "events"), [1, 3, 0, 2], "{database} {said}");
        assert_eq!(tally(&import("events", &file, &database, 5), "events"), [0, 0, 3, 2]);
        let more = "3101910012,finding,2024-05-01,,\n3101910013,tax_payment,2023-05-01,1.00,T1\n";
        let grown = places.file("events2.csv", &format!("{head}{rows}{more}"));
        assert_eq!(tally(&import("events", &grown, &database, 5), "events"), [1, 2, 3, 2]);
        let server = Server::start(&database, &places.key_file());
        let facts = get(&server, "/v1/enterprises/3101910012?on=2024-08-30")["facts"].clone();
        assert_eq!(facts["findings_1y"]["value"], 3);
        assert_eq!(facts["tax_paid[y1]"]["value"], "10.50");
        assert_eq!(facts["penalties_5y"], Value::Null, "no penalty of anybody is known");
    }
}
