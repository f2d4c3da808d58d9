//! Tests of [`super`].

use greenlane_policy::origin::Origin;

use crate::sample::{self, Outcome, read};
use crate::{Intake, Limits, PartyFacts, Sender};

/// A declaration with that content.
fn dec(content: &str) -> String {
    format!(
        "<md:MetaData xmlns:md='urn:wco'><md:WCOTypeName>DEC</md:WCOTypeName><Declaration>{content}</Declaration></md:MetaData>"
    )
}

const IMPORT: &str = "<FunctionCode>9</FunctionCode><FunctionalReferenceID>R1</FunctionalReferenceID><TypeCode>IMA</TypeCode>\
    <AcceptanceDateTime><DateTimeString formatCode='304'>20240228170000Z</DateTimeString></AcceptanceDateTime>\
    <AuthorisationHolder><ID>GB1</ID><CategoryCode>AEOC</CategoryCode></AuthorisationHolder>\
    <BorderTransportMeans><ModeCode>4</ModeCode></BorderTransportMeans><Declarant><ID>GB2</ID></Declarant>\
    <PresentationOffice><ID>3101</ID></PresentationOffice>\
    <GoodsShipment><GovernmentAgencyGoodsItem><SequenceNumeric>1</SequenceNumeric><Commodity>\
    <Classification><ID>00</ID><IdentificationTypeCode>TRC</IdentificationTypeCode></Classification>\
    <Classification><ID>02011000</ID><IdentificationTypeCode>TSP</IdentificationTypeCode></Classification></Commodity>\
    </GovernmentAgencyGoodsItem><Importer><ID>GB1</ID></Importer></GoodsShipment>";

#[test]
fn a_declaration_and_each_of_its_items_become_matters() {
    let outcome = read("a.xml", dec(IMPORT));
    assert_eq!((outcome.rows(), outcome.error()), (2, String::new()), "{:?}", outcome.reasons());
    let pack = sample::pack();
    let facts =
        ["matter_id", "unit", "matter", "decided_on", "office", "transport_mode", "consignee_consignor_id"];
    let found = facts.map(|name| outcome.fact(&pack, 0, name));
    assert_eq!(found, ["R1", "declaration", "import_declaration", "2024-02-29", "3101", "air", "GB1"]);
    let facts = [
        "matter_id",
        "unit",
        "hs_code",
        "is_food",
        "declarant_id",
        "declarant_level",
        "consignee_consignor_level",
    ];
    let found = facts.map(|name| outcome.fact(&pack, 1, name));
    assert_eq!(found, ["R1-1", "item", "02011000", "true", "GB2", "", "advanced"]);
    assert_eq!(outcome.fact(&pack, 0, "hs_code"), "");
}

#[test]
fn a_certificate_of_an_operator_tells_the_level_of_its_role() {
    let document = "<AdditionalDocument><CategoryCode>Y</CategoryCode><ID>GB AEOC 1</ID><TypeCode>024</TypeCode></AdditionalDocument>";
    let outcome = read("a.xml", dec(&format!("{document}{IMPORT}")));
    assert_eq!(outcome.fact(&sample::pack(), 0, "declarant_level"), "advanced");
}

#[test]
fn a_declaration_without_a_day_or_with_an_unknown_code_is_set_aside() {
    let without = IMPORT.replace("20240228170000Z", "");
    let reasons = read("a.xml", dec(&without)).reasons();
    assert_eq!(reasons.len(), 1);
    assert!(
        reasons[0].contains("`decided_on` is missing") && reasons[0].contains("pass the day"),
        "{reasons:?}"
    );
    let other = IMPORT.replace("<FunctionCode>9", "<FunctionCode>13");
    assert!(
        read("a.xml", dec(&other)).reasons()[0]
            .contains("FunctionCode `13` with TypeCode `IMA` is no declaration")
    );
    let bad = IMPORT.replace("20240228170000Z", "20230229");
    assert!(read("a.xml", dec(&bad)).reasons()[0].contains("`decided_on` is `20230229`, expected a date"));
}

#[test]
fn another_message_is_reported_as_what_it_is() {
    let response = "<MetaData><WCOTypeName>RES</WCOTypeName><Response><FunctionCode>01</FunctionCode></Response></MetaData>";
    let reasons = read("a.xml", response).reasons();
    assert_eq!(reasons, ["line 1, column 1: response message RES (DMSACC), not a declaration"]);
    let movement = "<?xml version='1.0'?>\n <x:move><x:messageCode>EAL</x:messageCode></x:move>";
    assert_eq!(
        read("a.xml", movement).reasons(),
        ["line 2, column 2: message move (EAL), not a declaration"]
    );
}

#[test]
fn broken_and_hostile_xml_is_a_clear_error_with_its_place() {
    let deep = "<a>".repeat(100);
    let entity = "<!DOCTYPE a [<!ENTITY b \"bbbb\">]><a>&b;</a>";
    for (text, part) in [
        ("", "the file is empty"),
        ("just words", "line 1, column 1: broken XML: text outside"),
        ("<a>\n <b></a>", "line 2, column 5: broken XML"),
        ("<a>\n <b>", "the file ends inside element `b`"),
        ("<a/><b/>", "a second outermost element `b`"),
        (deep.as_str(), "nested deeper than 64"),
        (entity, "entity `&b;` is not followed"),
        ("<a><!-- x -- y --></a>", "broken XML"),
    ] {
        let error = read("a.xml", text).error();
        assert!(error.contains(part), "{text}: {error}");
    }
    assert!(read("a.xml", b"<a>\n\xff</a>").error().contains("line 2: not UTF-8"));
    let escaped = dec(&IMPORT.replace("R1", "R&amp;&#49;<![CDATA[<]]>"));
    assert_eq!(read("a.xml", escaped).fact(&sample::pack(), 0, "matter_id"), "R&1<");
}

#[test]
fn the_british_samples_are_declarations_or_reported_as_what_they_are() {
    let Some(folder) = sample::shared_data("wco-dec") else { return };
    let pack = sample::pack();
    let day = greenlane_terms::calendar::Day::parse("2024-08-30");
    let outcome = Outcome::of(&Intake::new(&pack).with_decided_on(day), &folder);
    let reasons = outcome.reasons();
    let responses = reasons.iter().filter(|reason| reason.contains("response message RES")).count();
    let movements =
        reasons.iter().filter(|reason| reason.contains("message ") && !reason.contains("RES")).count();
    let unknown: Vec<&String> = reasons.iter().filter(|reason| !reason.contains("message ")).collect();
    // One sample is not well-formed: `--` inside a comment swallows an element.
    assert_eq!(outcome.errors.len(), 1, "{}", outcome.error());
    assert!(outcome.error().contains("TT_EX002a__TT_EX002a.xml, line 7"), "{}", outcome.error());
    let unit = pack.facts.column("unit").unwrap();
    let declarations = |batch: &crate::Batch| {
        (0..batch.matters.rows()).filter(|&row| batch.matters.value(unit, row) == Some(0)).count()
    };
    let count: usize = outcome.batches.iter().map(declarations).sum();
    assert_eq!((count, outcome.rows(), responses, movements), (67, 67 + 61, 79, 10), "{unknown:?}");
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn a_certificate_that_a_declarant_names_is_no_level() {
    let pack = sample::pack();
    let intake = Intake::new(&pack);
    let own = std::collections::BTreeSet::new();
    let today = greenlane_terms::calendar::Day::parse("2024-02-29").unwrap();
    let limits = Limits::new(&pack, today, |_| None);
    let level = pack.facts.column("consignee_consignor_level").unwrap();
    for (limits, is_level) in [(None, true), (Some(&limits), false)] {
        let sender = Sender { origin: Origin::Declarant, limits, supposes: false, own: &own, reserved: &[] };
        let read = intake.read_xml("call", dec(IMPORT).into_bytes(), &sender).unwrap();
        let facts = PartyFacts::new(&pack);
        let batch = intake.complete_with(read, &facts, &sender, &mut |_, _| None);
        assert_eq!(
            (batch.matters.rows(), batch.matters.knows(level, 0)),
            (2, is_level),
            "{:?}",
            batch.rejects
        );
    }
    // Another day than today is not the declarant's to choose.
    let limits = Limits::new(&pack, today.plus_days(1), |_| None);
    let sender = Sender {
        origin: Origin::Declarant,
        limits: Some(&limits),
        supposes: false,
        own: &own,
        reserved: &[],
    };
    let read = intake.read_xml("call", dec(IMPORT).into_bytes(), &sender).unwrap();
    assert_eq!((read.rows(), read.matters()), (0, 1));
}
