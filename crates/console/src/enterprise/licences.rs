//! Licences, registrations and places in pilots: when each ends, and what is due.

use greenlane_policy::pack::Pack;
use greenlane_store::registry::{Record, RecordKind};
use greenlane_terms::Language;
use greenlane_terms::calendar::Day;
use maud::{Markup, html};

use super::label_of;
use crate::card::card;
use crate::timeline::{Span, timeline};

/// Days before its end from which something is due.
const SOON: i32 = 60;

/// Each on a line of time: when each ends.
pub(super) fn licences(language: Language, pack: &Pack, records: &[Record], today: Day) -> Markup {
    let mut records: Vec<&Record> = records.iter().filter(|one| is_licence(one)).collect();
    if records.is_empty() {
        return html! {};
    }
    records.sort_by_key(|one| (one.record.valid_to, one.number));
    let name = |one: &Record| {
        html! {
            (facts_of(language, pack, one, today))
            @if let Some(to) = one.record.valid_to { " " (left(language, to, today)) }
        }
    };
    let spans: Vec<Span> = records
        .iter()
        .map(|one| Span { name: name(one), from: one.record.valid_from, to: one.record.valid_to })
        .collect();
    let title = language.say("证照、注册和试点资格", "Licences, registrations, pilots");
    card("licences", title, &timeline(language, &spans, today))
}

fn is_licence(one: &Record) -> bool {
    matches!(one.record.kind, RecordKind::Licence | RecordKind::Registration | RecordKind::Pilot)
}

fn facts_of(language: Language, pack: &Pack, one: &Record, today: Day) -> String {
    let facts = one.record.facts.iter().map(|(name, _)| label_of(pack, language, name, today));
    facts.collect::<Vec<_>>().join(language.say("、", ", "))
}

/// A line for each licence, registration or place in a pilot that ends soon or is over, and that none has followed yet.
pub(crate) fn due_lines(language: Language, pack: &Pack, records: &[Record], today: Day) -> Vec<Markup> {
    let standing = || records.iter().filter(|one| one.withdrawn.is_none() && is_licence(one));
    let names = |one: &Record| one.record.facts.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    // Another one that begins only after a gap leaves the gap to be seen to, unless it has begun.
    let is_in_time = |other: &Record, to: Day| other.record.valid_from.0 <= to.0.max(today.0 - 1) + 1;
    let is_followed = |one: &Record, to: Day| {
        standing().any(|other| {
            let is_later = other.record.valid_to.is_none_or(|end| end > to);
            names(other) == names(one) && is_later && is_in_time(other, to)
        })
    };
    let mut due: Vec<(Day, &Record)> = standing()
        .filter_map(|one| Some((one.record.valid_to?, one)))
        .filter(|(to, one)| to.0 - today.0 <= SOON && !is_followed(one, *to))
        .collect();
    due.sort_by_key(|(to, one)| (*to, one.number));
    let line = |(to, one): (Day, &Record)| html! { (facts_of(language, pack, one, today)) " " time { (to) } " " (left(language, to, today)) };
    due.into_iter().map(line).collect()
}

/// How many days are left of what ends soon.
fn left(language: Language, to: Day, today: Day) -> Markup {
    let days = to.0 - today.0;
    html! {
        @if days < 0 { span.badge."bg-red-lt" { (language.say("已到期", "over")) } }
        @else if days <= SOON { span.badge."bg-yellow-lt" { (language.say("还有 ", "ends in ")) (days) (language.say(" 天到期", if days == 1 { " day" } else { " days" })) } }
    }
}

#[cfg(test)]
mod tests {
    use greenlane_policy::load::PackFiles;

    use super::super::recorded::recorded;
    use super::*;

    #[test]
    fn what_ends_within_sixty_days_is_due_until_another_one_has_followed() {
        let pack = Pack::load(&PackFiles::embedded()).unwrap();
        let (licence, today) = ("breeding_licence", Day::parse("2024-12-31").unwrap());
        let due = |ends: &[Option<i32>]| {
            let of: Vec<_> = ends
                .iter()
                .map(|days| {
                    ([licence, "true"], today.plus_days(-1_000), days.map(|days| today.plus_days(days)))
                })
                .collect();
            let lines = due_lines(Language::En, &pack, &recorded(RecordKind::Licence, &of), today);
            lines.into_iter().map(Markup::into_string).collect::<Vec<_>>()
        };
        for (days, words) in
            [(60, "ends in 60 days"), (1, "ends in 1 day"), (0, "ends in 0 days"), (-1, "over")]
        {
            let lines = due(&[Some(days)]);
            assert!(lines.len() == 1 && lines[0].contains(words), "{days}: {lines:?}");
        }
        assert_eq!(due(&[Some(61)]), [""; 0]);
        assert_eq!(due(&[None]), [""; 0], "it has no end");
        assert_eq!(due(&[Some(10), Some(400)]), [""; 0], "renewed");
        assert_eq!(due(&[Some(10), None]), [""; 0]);
        assert_eq!(due(&[Some(10), Some(20)]).len(), 1, "the later one is due");
        for (ends, begins, due) in [(10, 11, 0), (10, 12, 1), (-10, 0, 0), (-10, 1, 1), (-1, 0, 0)] {
            let of = [(-1_000, ends), (begins, 400)]
                .map(|(from, to)| ([licence, "true"], today.plus_days(from), Some(today.plus_days(to))));
            let lines = due_lines(Language::En, &pack, &recorded(RecordKind::Licence, &of), today);
            assert_eq!(lines.len(), due, "ends {ends}, begins {begins}");
        }
    }
}
