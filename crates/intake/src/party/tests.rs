//! Tests of [`super`]: what counts on a day, and that a file and a store say the same.

use std::collections::{HashMap, HashSet};

use greenlane_policy::origin::Origin;
use proptest::prelude::*;

use super::*;
use crate::events::kinds_of;
use crate::{EnterpriseRows, EventRows, History, Intake, Registry, Sender, sample};

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

fn record(
    number: u64,
    days: (&str, Option<&str>),
    ends_flags: bool,
    stated: &[(&str, Option<&str>)],
) -> PartyRecord {
    let facts = PartyFacts::new(&sample::pack());
    let one = |(name, value): &(&str, Option<&str>)| {
        let named = facts.named(name).unwrap();
        (named, value.map(|value| facts.read(named, value).unwrap()))
    };
    let (from, to) = (day(days.0), days.1.map(day));
    PartyRecord { number, from, to, ends_flags, facts: stated.iter().map(one).collect() }
}

/// What is known on each day; empty when unknown.
fn check(records: &[PartyRecord], fact: &str, expected: &[(&str, &str)]) {
    let facts = PartyFacts::new(&sample::pack());
    let party = Party::new(records.to_vec(), Vec::new());
    let column = facts.table().column(fact).unwrap();
    for (on, value) in expected {
        let found = party.on(&facts, day(on), &[]).text(&facts, column).unwrap_or_default();
        assert_eq!(found, *value, "{fact} on {on}");
    }
}

#[test]
fn the_record_with_the_latest_first_day_counts_and_of_one_day_the_later_recorded() {
    let records = [
        record(3, ("2020-01-01", None), false, &[("level", Some("regular")), ("industry", Some("C39"))]),
        record(1, ("2024-02-29", None), false, &[("level", Some("dishonest"))]),
        record(2, ("2024-02-29", None), false, &[("level", Some("advanced"))]),
        record(4, ("2024-12-31", None), false, &[("level", None)]),
    ];
    let level = [
        ("2019-12-31", ""),
        ("2020-01-01", "regular"),
        ("2024-02-28", "regular"),
        ("2024-02-29", "advanced"),
        ("2024-03-01", "advanced"),
        ("2024-12-30", "advanced"),
        ("2024-12-31", ""),
    ];
    check(&records, "level", &level);
    check(&records, "industry", &[("2024-12-31", "C39")]);
}

#[test]
fn what_has_ended_gives_way_to_other_records_but_an_ended_licence_is_a_known_false() {
    let before = record(1, ("2020-01-01", None), false, &[("level", Some("regular"))]);
    let ending = record(2, ("2024-01-31", Some("2024-02-29")), false, &[("level", Some("advanced"))]);
    let level = [
        ("2024-01-30", "regular"),
        ("2024-01-31", "advanced"),
        ("2024-02-29", "advanced"),
        ("2024-03-01", "regular"),
    ];
    check(&[before.clone(), ending], "level", &level);
    let licence = |number, from, to| record(number, (from, Some(to)), true, &[("is_producer", Some("true"))]);
    let first = licence(3, "2022-01-01", "2023-12-31");
    check(
        std::slice::from_ref(&first),
        "is_producer",
        &[("2021-12-31", ""), ("2022-01-01", "true"), ("2023-12-31", "true"), ("2024-01-01", "false")],
    );
    let stated = record(4, ("2020-01-01", None), false, &[("is_producer", Some("true"))]);
    check(&[stated, first.clone()], "is_producer", &[("2021-12-31", "true"), ("2024-01-01", "false")]);
    let overlapping = licence(5, "2023-06-01", "2024-06-30");
    check(
        &[first, overlapping],
        "is_producer",
        &[("2024-01-01", "true"), ("2024-06-30", "true"), ("2024-07-01", "false")],
    );
    let ended_level = record(6, ("2022-01-01", Some("2022-12-31")), true, &[("level", Some("advanced"))]);
    check(&[before, ended_level], "level", &[("2022-12-31", "advanced"), ("2023-01-01", "regular")]);
}

#[test]
fn years_and_months_of_the_calendar_move_on_with_the_day() {
    let stated = [("debt_ratio[2023]", Some("0.3")), ("debt_ratio[2024-02]", Some("0.4"))];
    let records = [record(1, ("2024-01-01", None), false, &stated)];
    check(
        &records,
        "debt_ratio[y1]",
        &[("2023-12-31", ""), ("2024-01-01", "0.3000"), ("2024-12-31", "0.3000"), ("2025-01-01", "")],
    );
    check(&records, "debt_ratio[y2]", &[("2024-12-31", ""), ("2025-01-01", "0.3000"), ("2026-01-01", "")]);
    check(
        &records,
        "debt_ratio[last_month]",
        &[("2024-02-29", ""), ("2024-03-01", "0.4000"), ("2024-03-31", "0.4000"), ("2024-04-01", "")],
    );
    let january = [record(1, ("2024-01-01", None), false, &[("debt_ratio[2023-12]", Some("0.2"))])];
    check(&january, "debt_ratio[last_month]", &[("2024-01-31", "0.2000"), ("2024-02-01", "")]);
    let facts = PartyFacts::new(&sample::pack());
    for bad in [
        "level[2023]",
        "tax_paid[2023-07]",
        "debt_ratio[1899]",
        "debt_ratio[2024-13]",
        "debt_ratio[20x4]",
        "levle",
    ] {
        assert!(facts.named(bad).is_err(), "{bad}");
    }
    for (name, on) in [("debt_ratio[2023]", "2026-05-05"), ("debt_ratio[2024-02]", "2024-03-15")] {
        let named = facts.named(name).unwrap();
        let column = facts.column_on(named, day(on)).unwrap();
        assert_eq!(facts.period_on(column, day(on)), Some(named));
    }
}

/// The parties of two files as a store would give them: by every identifier.
fn stored(registry: &std::path::Path, events: &std::path::Path) -> (HashMap<String, Party>, Vec<bool>) {
    let pack = sample::pack();
    let facts = PartyFacts::new(&pack);
    let (mut numbers, mut records): (HashMap<String, u64>, HashMap<u64, Vec<PartyRecord>>) =
        Default::default();
    let (mut rows, mut seen, mut number) =
        (EnterpriseRows::open(registry, &pack).unwrap(), HashSet::new(), 0);
    while let Some(row) = rows.next_row().unwrap() {
        number += 1;
        let known = row.identifiers.iter().find_map(|id| numbers.get(id.text()).copied());
        let enterprise = known.unwrap_or(number);
        numbers.extend(row.identifiers.iter().map(|id| (id.text().to_owned(), enterprise)));
        if seen.insert((enterprise, row.valid_from)) {
            let one = |(name, value): &(String, Option<String>)| {
                let named = facts.named(name).unwrap();
                (named, value.as_ref().map(|value| facts.read(named, value).unwrap()))
            };
            let stated = row.facts.iter().map(one).collect();
            let record =
                PartyRecord { number, from: row.valid_from, to: None, ends_flags: false, facts: stated };
            records.entry(enterprise).or_default().push(record);
        }
    }
    let (kinds, _) = kinds_of(&pack.facts);
    let mut complete = vec![false; kinds.len()];
    let mut days: HashMap<u64, Vec<DayOfEvents>> = HashMap::new();
    let mut rows = EventRows::open(events, &pack).unwrap();
    while let Some(row) = rows.next_row().unwrap() {
        let kind = kinds.iter().position(|kind| *kind == row.kind).unwrap();
        complete[kind] = true;
        let next = 1_000 + numbers.len() as u64;
        let enterprise = *numbers.entry(row.enterprise.text().to_owned()).or_insert(next);
        let kind = kind as u16;
        days.entry(enterprise).or_default().push(DayOfEvents {
            kind,
            on: row.on,
            count: 1,
            amount: row.amount_fen,
        });
    }
    let party = |number: &u64| {
        Party::new(
            records.get(number).cloned().unwrap_or_default(),
            days.get(number).cloned().unwrap_or_default(),
        )
    };
    (numbers.iter().map(|(id, number)| (id.clone(), party(number))).collect(), complete)
}

const IDS: [(&str, &str); 3] = [("3101910012", "91350100M000100Y43"), ("3101910013", ""), ("3101910014", "")];
const DAYS: [&str; 9] = [
    "2022-12-31",
    "2023-01-01",
    "2023-02-28",
    "2023-12-31",
    "2024-01-01",
    "2024-02-29",
    "2024-03-01",
    "2024-08-31",
    "2025-01-01",
];

fn row() -> impl Strategy<Value = String> {
    let pick = |values: &'static [&'static str]| prop::sample::select(values);
    (
        (0usize..3, any::<bool>(), pick(&DAYS)),
        pick(&["", "advanced", "regular", "dishonest"]),
        pick(&["", "true", "false"]),
        (pick(&["", "0.1"]), pick(&["", "0.2"]), pick(&["", "0.3"]), pick(&["", "0.4"])),
        (pick(&["", "5"]), pick(&["", "7.5"]), pick(&["", "3"])),
    )
        .prop_map(|((who, with_uscc, from), level, producer, debt, counts)| {
            let (code, uscc) = IDS[who];
            let uscc = if with_uscc { uscc } else { "" };
            let (a, b, c, d) = debt;
            format!(
                "{code},{uscc},{from},{level},{producer},{a},{b},{c},{d},{},{},{}\n",
                counts.0, counts.1, counts.2
            )
        })
}

fn event() -> impl Strategy<Value = String> {
    let kinds = prop::sample::select(&["finding", "late_payment", "tax_payment"][..]);
    let ids = prop::sample::select(&["3101910012", "91350100M000100Y43", "CN3101910013", "3101919999"][..]);
    (ids, kinds, prop::sample::select(&DAYS[..]), 0..500u32)
        .prop_map(|(id, kind, on, amount)| format!("{id},{kind},{on},{amount}\n"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn files_and_a_store_with_their_rows_say_the_same(
        rows in prop::collection::vec(row(), 0..12), happened in prop::collection::vec(event(), 0..12)
    ) {
        let pack = sample::pack();
        let head = "customs_code,uscc,valid_from,level,is_producer,debt_ratio[y1],debt_ratio[2022],debt_ratio[2023],\
                    debt_ratio[2024-02],findings_1y,tax_paid[y1],tax_paid[2022]\n";
        let (_a, registry) = sample::file("enterprises.csv", format!("{head}{}", rows.concat()));
        let (_b, events) = sample::file("events.csv", format!("enterprise,kind,on,amount\n{}", happened.concat()));
        let batch = Intake::new(&pack)
            .with_registry(Registry::read(&registry, &pack).unwrap())
            .with_events(History::read(&events, &pack).unwrap());
        let (parties, complete) = stored(&registry, &events);
        let (facts, nobody) = (PartyFacts::new(&pack), Party::default());
        let online = Intake::new(&pack);
        let ids = ["3101910012", "91350100M000100Y43", "AEOCN3101910013", "CN3101910014", "3101919999", "nobody"];
        for on in DAYS {
            let matters: Vec<String> = ids.iter().map(|id| format!(
                "{{\"matter_id\":\"{id}\",\"matter\":\"amendment\",\"decided_on\":\"{on}\",\"declarant_id\":\"{id}\",\
                 \"applicant_id\":\"{id}\",\"applicant_level\":\"regular\"}}\n"
            )).collect();
            let own = std::collections::BTreeSet::new();
            let sender = Sender { origin: Origin::Customs, limits: None, supposes: false, own: &own, reserved: &[] };
            let read = |intake: &Intake<'_>| intake.read_ndjson("t", matters.concat().into_bytes(), &sender).unwrap();
            let by_files = batch.complete_with(read(&batch), &facts, &sender, &mut |_, _| None);
            let by_store = online.complete_with(read(&online), &facts, &sender, &mut |id, day| {
                let party = parties.get(id).or_else(|| parties.get(crate::identifiers::canonical_enterprise(id)));
                Some(std::sync::Arc::new(party.unwrap_or(&nobody).on(&facts, day, &complete)))
            });
            prop_assert_eq!(by_files.matters, by_store.matters, "{}", on);
            let day = Day::parse(on).unwrap();
            for party in parties.values().chain([&nobody]) {
                let (first, last) = party.same_days(day);
                let others = DAYS.iter().filter_map(|other| Day::parse(other));
                for other in others.chain([first, last]).filter(|other| (first..=last).contains(other)) {
                    prop_assert_eq!(party.on(&facts, other, &complete), party.on(&facts, day, &complete));
                }
            }
        }
    }
}

#[test]
fn facts_stay_until_a_record_begins_or_ends_a_month_is_over_or_anything_is_counted() {
    let same = |party: Party, on| party.same_days(day(on));
    assert_eq!(same(Party::default(), "2024-02-29"), (Day::FIRST, Day::LAST));
    let stated = |days, name| record(1, days, false, &[(name, None)]);
    let two =
        || vec![stated(("2024-01-01", None), "level"), stated(("2024-03-01", Some("2024-12-31")), "level")];
    let of_two = |on| same(Party::new(two(), Vec::new()), on);
    assert_eq!(of_two("2023-12-31"), (Day::FIRST, day("2023-12-31")));
    assert_eq!(of_two("2024-02-29"), (day("2024-01-01"), day("2024-02-29")));
    assert_eq!(of_two("2024-03-01"), (day("2024-03-01"), day("2024-12-31")));
    assert_eq!(of_two("2025-01-01"), (day("2025-01-01"), Day::LAST));
    let of_month =
        |on| same(Party::new(vec![stated(("2024-01-01", None), "debt_ratio[2024-02]")], Vec::new()), on);
    assert_eq!(of_month("2024-02-29"), (day("2024-02-01"), day("2024-02-29")));
    let event = DayOfEvents { kind: 0, on: day("2024-01-01"), count: 1, amount: 0 };
    assert_eq!(
        same(Party::new(Vec::new(), vec![event]), "2024-02-29"),
        (day("2024-02-29"), day("2024-02-29"))
    );
}
