//! What the registry knows.

use greenlane_desk::actions::registry;
use greenlane_store::registry::{Author, NewEnterprise, NewEvent, NewRecord, RecordKind};
use greenlane_terms::calendar::Day;

use crate::office::Office;

/// An AEO.
pub const AEO: &str = "3101910012";

/// An enterprise without a credit of its own.
pub const REGULAR: &str = "3101910099";

pub fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

fn author(office: &Office) -> Author {
    Author { person: office.supervisor(0).person().to_owned(), ground: "登记".to_owned() }
}

impl Office {
    /// Makes enterprises known, of which nothing else is.
    pub async fn register(&self, enterprises: &[&str]) {
        let new = |id: &&str| NewEnterprise {
            identifiers: vec![registry::identifier_of(id)],
            name: Some("样例公司".to_owned()),
        };
        let all: Vec<NewEnterprise> = enterprises.iter().map(new).collect();
        let registrar = self.supervisor(0);
        registry::register(&self.desk, &registrar, &all, &author(self), None).await.unwrap();
    }

    /// States facts of an enterprise from a day on.
    pub async fn record(&self, enterprise: &str, kind: RecordKind, from: &str, facts: &[(&str, &str)]) {
        let facts =
            facts.iter().map(|(name, value)| ((*name).to_owned(), Some((*value).to_owned()))).collect();
        let record = NewRecord { kind, valid_from: day(from), valid_to: None, facts, related: None };
        let registrar = self.supervisor(0);
        let of = (enterprise, None);
        registry::record(&self.desk, &registrar, of, record, &author(self), None).await.unwrap();
    }

    pub async fn level(&self, enterprise: &str, level: &str, from: &str) {
        self.record(enterprise, RecordKind::Level, from, &[("level", level)]).await;
    }

    /// Something that happened with an enterprise.
    pub async fn event(&self, enterprise: &str, kind: &str, on: &str) {
        let event = NewEvent {
            enterprise: registry::identifier_of(enterprise),
            kind: kind.to_owned(),
            on: day(on),
            amount_fen: 0,
            ground: "〔2025〕1号".to_owned(),
            office: None,
        };
        let registrar = self.supervisor(0);
        registry::post_events(&self.desk, &registrar, &[event], &author(self), None).await.unwrap();
    }

    /// An AEO and a regular enterprise.
    pub async fn two_enterprises(&self) {
        self.register(&[AEO, REGULAR]).await;
        self.level(AEO, "advanced", "2016-03-01").await;
        self.level(REGULAR, "regular", "2016-03-01").await;
    }

    /// [`AEO`] as a producer that meets the seven conditions of a guarantee waiver, but for what `without` names.
    pub async fn producer(&self, without: &str) {
        self.register(&[AEO, REGULAR]).await;
        let mut facts: Vec<(String, String)> =
            [("level", "advanced"), ("advanced_since", "2016-03-01"), ("is_producer", "true")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into();
        facts.extend((1..=5).map(|year| (format!("tax_paid[y{year}]"), "25000000.00".to_owned())));
        for date in DATES {
            facts.push((format!("debt_ratio[{date}]"), "0.3500".to_owned()));
            facts.push((format!("cash_ratio[{date}]"), "0.4100".to_owned()));
        }
        facts.retain(|(name, _)| name != without);
        let facts: Vec<(&str, &str)> =
            facts.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.record(AEO, RecordKind::Statement, "2020-01-01", &facts).await;
        // Of others something is known of each kind, so that nothing is known to be none.
        for kind in ["late_payment", "downgrade", "suspension", "penalty"] {
            self.event(REGULAR, kind, "2024-05-01").await;
        }
    }
}

/// The dates of a ratio.
pub const DATES: [&str; 6] = ["y1", "y2", "y3", "y4", "y5", "last_month"];

/// A ratio at all of its dates.
pub fn dates(value: &str) -> serde_json::Value {
    DATES.iter().map(|date| ((*date).to_owned(), value.into())).collect::<serde_json::Map<_, _>>().into()
}
