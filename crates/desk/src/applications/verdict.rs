//! From a decision to what it means for an application.

use greenlane_casework::{ApplicationKind, Check, Verdict};
use greenlane_policy::pack::{Effect, Measure, Pack, WaiverOf};
use greenlane_store::KeptApplication;
use greenlane_terms::calendar::Day;
use serde_json::Value;

use crate::laws::number;

/// What a decision on a day (`on`) says about an application today.
pub(super) fn verdict_of(
    kept: &KeptApplication,
    pack: &Pack,
    decision: &Value,
    on: Day,
    today: Day,
) -> Verdict {
    let effects = decision["effects"].as_array().map_or(&[][..], Vec::as_slice);
    let effect = |name: &str| effects.iter().find(|effect| effect["effect"] == name);
    Verdict {
        check: check_of(kept.of.kind, pack, decision, on),
        goes_first: effect("priority").is_some(),
        waives_review: effects.iter().any(|one| one["effect"] == "waiver" && one["of"] == "on_site_review"),
        due: match kept.of.kind {
            ApplicationKind::PackagingTest => match effect("cycle") {
                Some(cycle) => day_of(&cycle["due_on"]),
                None => due_by_class(kept, pack, today),
            },
            ApplicationKind::VoluntaryDisclosure => {
                effect("window").and_then(|window| window_end(window, today))
            }
            ApplicationKind::ForeignRegistration => within(kept, pack, "recommend_within"),
            ApplicationKind::FarmFiling => within(kept, pack, "file_within"),
            ApplicationKind::ExportCertificate => within(kept, pack, "certify_within"),
            _ => None,
        },
    }
}

/// What the measures came to that grant what is asked for.
fn check_of(kind: ApplicationKind, pack: &Pack, decision: &Value, on: Day) -> Check {
    let grants = |measure: &Measure| {
        measure
            .version_on(on)
            .is_some_and(|version| version.effects.iter().any(|effect| is_asked(kind, effect)))
    };
    let asked: Vec<&str> =
        pack.measures.iter().filter(|one| grants(one)).map(|measure| measure.id.as_str()).collect();
    let measures = decision["measures"].as_array().into_iter().flatten();
    let verdicts: Vec<&str> = measures
        .filter(|one| one["id"].as_str().is_some_and(|id| asked.contains(&id)))
        .filter_map(|one| one["verdict"].as_str())
        .collect();
    if verdicts.contains(&"granted") {
        Check::Granted
    } else if verdicts.contains(&"undetermined") {
        Check::Undetermined
    } else {
        // Refused; or out of scope: no pilot, or no measure in force.
        Check::Refused
    }
}

/// Whether an effect is what an application of a kind asks for.
pub(super) fn is_asked(kind: ApplicationKind, effect: &Effect) -> bool {
    match kind {
        ApplicationKind::GuaranteeWaiver => matches!(effect, Effect::Waiver(WaiverOf::TaxGuarantee)),
        ApplicationKind::VoluntaryDisclosure => matches!(effect, Effect::Waiver(WaiverOf::Penalty)),
        ApplicationKind::Admission => matches!(effect, Effect::Admission { .. }),
        ApplicationKind::PackagingTest => matches!(effect, Effect::Cycle { .. }),
        ApplicationKind::ForeignRegistration
        | ApplicationKind::FarmFiling
        | ApplicationKind::ExportCertificate => {
            matches!(effect, Effect::Priority { .. })
        }
        ApplicationKind::CarrierUndertaking => false,
    }
}

/// The nearest end of a window that has not passed.
fn window_end(effect: &Value, today: Day) -> Option<Day> {
    let windows = effect["windows"].as_array().into_iter().flatten();
    windows.filter_map(|window| day_of(&window["last_day"])).filter(|day| *day >= today).min()
}

/// The next test of a packaging whose maker has no cycle of its own: by its class.
fn due_by_class(kept: &KeptApplication, pack: &Pack, today: Day) -> Option<Day> {
    let last = day_of(kept.of.facts.get("packaging_last_test")?)?;
    let class = kept.of.facts.get("packaging_class")?.as_str()?;
    let months = number(pack, "packaging_cycle", today, Some(class))?;
    Some(last.plus_months(i32::try_from(months).ok()?))
}

/// The last of the working days since the first submission.
fn within(kept: &KeptApplication, pack: &Pack, parameter: &str) -> Option<Day> {
    let submitted = kept.application.submitted_on?;
    let days = number(pack, parameter, submitted, None)?;
    let last = pack.working_days.plus(submitted, u32::try_from(days).ok()?);
    if !pack.working_days.covers(last) {
        let (application, year) = (kept.number.get(), last.year());
        tracing::warn!(application, year, %last, "the pack's calendar has no days of that year: the last day is provisional");
    }
    Some(last)
}

fn day_of(value: &Value) -> Option<Day> {
    value.as_str().and_then(Day::parse)
}

#[cfg(test)]
mod tests {
    use greenlane_casework::Application;
    use greenlane_store::NewApplication;
    use greenlane_terms::Office;
    use greenlane_terms::numbers::{ApplicationNumber, EnterpriseNumber};
    use serde_json::json;

    use super::*;

    fn on() -> Day {
        Day::parse("2025-09-03").unwrap()
    }

    fn kept(kind: ApplicationKind, facts: Value) -> KeptApplication {
        let facts = facts.as_object().unwrap().clone();
        let of = NewApplication {
            kind,
            office: Office::parse("2201").unwrap(),
            applicant: "A".to_owned(),
            enterprise: EnterpriseNumber::new(1),
            programme: None,
            facts,
        };
        KeptApplication {
            number: ApplicationNumber::new(1),
            of,
            application: Application { submitted_on: Some(on()), ..Application::draft(kind) },
            stands_at: None,
            decision: None,
            record: None,
            author: None,
            seal: None,
            touched_us: 0,
            unchecked: false,
            look_on: None,
            opened_us: 0,
            moved_us: 0,
        }
    }

    fn says(kind: ApplicationKind, facts: Value, decision: &Value) -> Verdict {
        verdict_of(&kept(kind, facts), &Pack::embedded().unwrap(), decision, on(), on())
    }

    #[test]
    fn one_granted_measure_is_enough_and_what_is_open_counts_before_what_is_refused() {
        let check = |measures: &[(&str, &str)]| {
            let one = |(id, verdict): &(&str, &str)| json!({ "id": id, "verdict": verdict });
            let measures: Vec<Value> = measures.iter().map(one).collect();
            says(ApplicationKind::VoluntaryDisclosure, json!({}), &json!({ "measures": measures })).check
        };
        let (own, general) = ("8", "disclosure");
        let cases = [
            (vec![(own, "granted"), (general, "refused")], Check::Granted),
            (vec![(own, "refused"), (general, "granted")], Check::Granted),
            (vec![(own, "undetermined"), (general, "granted")], Check::Granted),
            (vec![(own, "undetermined"), (general, "refused")], Check::Undetermined),
            (vec![(own, "refused"), (general, "refused")], Check::Refused),
            (vec![(own, "out_of_scope"), (general, "out_of_scope")], Check::Refused),
            // Measures that grant something else say nothing.
            (vec![("7", "granted"), ("11", "undetermined")], Check::Refused),
            (vec![], Check::Refused),
        ];
        for (measures, expected) in cases {
            assert_eq!(check(&measures), expected, "{measures:?}");
        }
    }

    #[test]
    fn each_kind_asks_for_what_its_measures_grant() {
        let kinds = [
            (ApplicationKind::GuaranteeWaiver, "7"),
            (ApplicationKind::VoluntaryDisclosure, "8"),
            (ApplicationKind::Admission, "13d"),
            (ApplicationKind::PackagingTest, "2b"),
            (ApplicationKind::ForeignRegistration, "5a"),
            (ApplicationKind::FarmFiling, "5b"),
            (ApplicationKind::ExportCertificate, "3d-certificate"),
            (ApplicationKind::CarrierUndertaking, ""),
        ];
        let pack = Pack::embedded().unwrap();
        let is_asked = |kind, id: &str| {
            let effects = pack.measure(id).and_then(|measure| measure.version_on(on()));
            effects.is_some_and(|version| version.effects.iter().any(|effect| is_asked(kind, effect)))
        };
        for (kind, own) in kinds {
            assert_eq!(is_asked(kind, own), !own.is_empty(), "{}", kind.name());
            for (other, id) in kinds.iter().filter(|(_, id)| !id.is_empty()) {
                let is_priority = |id: &str| ["5a", "5b", "3d-certificate", "13d"].contains(&id);
                if *other != kind && !(is_priority(own) && is_priority(id)) {
                    assert!(!is_asked(kind, id), "{} {id}", kind.name());
                }
            }
        }
    }

    #[test]
    fn effects_say_whether_it_goes_first_and_needs_no_visit() {
        let of = |effects: Value| {
            let found = says(ApplicationKind::ForeignRegistration, json!({}), &json!({ "effects": effects }));
            (found.goes_first, found.waives_review)
        };
        let priority = json!({ "effect": "priority", "queue": "foreign_registration", "rank": "first" });
        let visit = json!({ "effect": "waiver", "of": "on_site_review" });
        let guarantee = json!({ "effect": "waiver", "of": "tax_guarantee" });
        let other = json!({ "effect": "service", "of": "on_site_review" });
        assert_eq!(of(json!([priority, visit])), (true, true));
        assert_eq!(of(json!([visit])), (false, true));
        assert_eq!(of(json!([priority, guarantee])), (true, false));
        assert_eq!(of(json!([other])), (false, false));
        assert_eq!(of(Value::Null), (false, false));
    }

    #[test]
    fn something_is_due_by_the_effect_or_by_the_pack() {
        let due = |kind, facts: Value, effects: Value| {
            says(kind, facts, &json!({ "effects": effects })).due.map(|day| day.to_string())
        };
        let packaging = || json!({ "packaging_class": "class_2", "packaging_last_test": "2025-08-31" });
        let test = ApplicationKind::PackagingTest;
        assert_eq!(
            due(test, packaging(), json!([{ "effect": "cycle", "due_on": "2026-01-02" }])).as_deref(),
            Some("2026-01-02")
        );
        assert_eq!(due(test, packaging(), json!([{ "effect": "cycle", "due_on": null }])), None);
        assert_eq!(due(test, packaging(), json!([])).as_deref(), Some("2025-11-30"));
        assert_eq!(due(test, json!({ "packaging_class": "class_2" }), json!([])), None);
        let window = |days: &[&str]| {
            let days: Vec<Value> = days.iter().map(|day| json!({ "last_day": day })).collect();
            json!([{ "effect": "window", "windows": days }])
        };
        let disclosure = ApplicationKind::VoluntaryDisclosure;
        for (days, expected) in [
            (vec!["2025-09-04", "2026-09-03"], Some("2025-09-04")),
            (vec!["2026-09-03", "2025-09-03"], Some("2025-09-03")),
            (vec!["2025-09-02", "2026-09-03"], Some("2026-09-03")),
            (vec!["2025-09-02"], None),
            (vec![], None),
        ] {
            assert_eq!(due(disclosure, json!({}), window(&days)).as_deref(), expected, "{days:?}");
        }
        // Working days from a Wednesday.
        assert_eq!(
            due(ApplicationKind::ExportCertificate, json!({}), json!([])).as_deref(),
            Some("2025-09-08")
        );
        assert_eq!(due(ApplicationKind::GuaranteeWaiver, packaging(), window(&["2026-01-01"])), None);
    }
}
