//! What somebody wants to see of the benefits, and what of it they may.

use greenlane_access::{Action, Resource};
use greenlane_desk::NotDone;
use greenlane_desk::actions::registry::seen as enterprise_seen;
use greenlane_desk::actions::tasks::of_caller as tasks_of;
use greenlane_desk::said::office_of;
use greenlane_evaluate::benefits::{Asked, By, Month};
use greenlane_policy::pack::Pack;
use greenlane_terms::Language;
use greenlane_transport::Service;
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::each::{Each, field};
use crate::names::measure_title;
use crate::reader::Reader;

/// The form as it was filled in; everything may be left empty.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Wanted {
    by: String,
    from: String,
    to: String,
    office: String,
    enterprise: String,
    measure: String,
    #[serde(flatten)]
    each: Each,
}

/// Rows of the table, by their names in an address.
const BY: [(&str, By); 4] =
    [("measure", By::Measure), ("office", By::Office), ("month", By::Month), ("enterprise", By::Enterprise)];

pub(super) const fn by_words(language: Language, by: By) -> &'static str {
    match by {
        By::Measure => language.say("措施", "Measure"),
        By::Office => language.say("关区", "Office"),
        By::Month => language.say("月份", "Month"),
        By::Enterprise => language.say("企业", "Enterprise"),
    }
}

/// The offices that a reader sees, and the identifiers of the enterprises to which they are bound.
pub(crate) async fn seen_by(service: &Service, reader: &Reader) -> Result<Asked, NotDone> {
    let own = &reader.caller.who.enterprise;
    if !own.is_empty() {
        let mut ids = Vec::new();
        for id in own {
            ids.extend(identifiers(service, reader, id).await?);
        }
        return Ok(Asked { enterprise: Some(ids), ..Asked::default() });
    }
    // Who may try the law on all matters may know what it is worth.
    if reader.caller.can_propose() {
        return Ok(Asked::default());
    }
    Ok(Asked { offices: tasks_of(&reader.caller)?.offices, ..Asked::default() })
}

/// Every identifier of an enterprise that the reader may read.
async fn identifiers(service: &Service, reader: &Reader, id: &str) -> Result<Vec<String>, NotDone> {
    let (_, enterprise) = enterprise_seen(service, &reader.caller, id, None).await?;
    let known = enterprise.map_or_else(Vec::new, |one| one.identifiers);
    Ok(known.into_iter().map(|one| one.id).collect())
}

impl Wanted {
    pub(super) fn by(&self) -> By {
        BY.iter().find(|(name, _)| *name == self.by).map_or(By::Measure, |(_, by)| *by)
    }

    pub(super) fn query(&self) -> String {
        serde_urlencoded::to_string(self).unwrap_or_default()
    }

    /// What is looked at, of what the reader may see.
    pub(super) async fn asked(&self, service: &Service, reader: &Reader) -> Result<Asked, NotDone> {
        let mut asked = seen_by(service, reader).await?;
        asked.from = month(&self.from, "from")?;
        asked.to = month(&self.to, "to")?;
        asked.measure = Some(self.measure.trim().to_owned()).filter(|measure| !measure.is_empty());
        if let Some(office) = Some(self.office.trim()).filter(|office| !office.is_empty()) {
            let office = office_of(office)?;
            if asked.offices.as_ref().is_some_and(|offices| !offices.contains(&office)) {
                reader.caller.may(
                    Action::ReadMatter,
                    &Resource::Matter { office: Some(self.office.trim().to_owned()), parties: Vec::new() },
                )?;
            }
            asked.offices = Some(vec![office]);
        }
        if let Some(id) = Some(self.enterprise.trim()).filter(|id| !id.is_empty()) {
            let ids = identifiers(service, reader, id).await?;
            asked.enterprise = Some(ids);
        }
        Ok(asked)
    }

    /// What is looked at, in words: for the page on paper, where there is no form.
    pub(super) fn looked_at(&self, reader: &Reader, pack: &Pack) -> String {
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let period = match (given(&self.from), given(&self.to)) {
            (None, None) => reader.say("日志全部月份", "All months of the log").to_owned(),
            (from, to) => format!("{} – {}", from.unwrap_or_default(), to.unwrap_or_default()),
        };
        let measure = given(&self.measure).map(|id| measure_title(pack, &id, reader.language).to_owned());
        let parts = [Some(period), given(&self.office), given(&self.enterprise), measure];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
    }

    /// Hours and money of some inspections, as far as the reader says what one takes.
    pub(super) fn worth(&self, reader: &Reader, inspections: i64) -> String {
        self.each.worth(reader, inspections)
    }
}

fn month(text: &str, name: &str) -> Result<Option<Month>, NotDone> {
    match text.trim() {
        "" => Ok(None),
        text => Month::parse(text)
            .map(Some)
            .ok_or_else(|| NotDone::field(format!("`{name}` is `{text}`, expected a month such as 2026-11"))),
    }
}

/// The form.
pub(super) fn form(reader: &Reader, pack: &Pack, wanted: &Wanted) -> Markup {
    let language = reader.language;
    html! {
        form.card."card-body"."mb-3" method="get" action="/benefits" role="search" {
            div.row."g-3" {
                div."col-6"."col-lg-3" {
                    label."form-label" for="by" { (language.say("统计维度", "A line for each")) }
                    select."form-select" id="by" name="by" {
                        @for (name, by) in BY { option value=(name) selected[by == wanted.by()] { (by_words(language, by)) } }
                    }
                }
                div."col-6"."col-lg-3" {
                    label."form-label" for="measure" { (language.say("只看适用此措施的事项", "Only matters with the measure")) }
                    select."form-select" id="measure" name="measure" {
                        option value="" { (language.say("全部", "all")) }
                        @for measure in pack.deciding() {
                            option value=(measure.id) selected[measure.id == wanted.measure] { (measure.title.get(language.name())) }
                        }
                    }
                }
                (field("from", language.say("起始月份", "From month"), "month", &wanted.from))
                (field("to", language.say("截止月份", "To month"), "month", &wanted.to))
                (field("office", language.say("关区", "Office"), "text", &wanted.office))
                @if reader.caller.who.enterprise.is_empty() {
                    (field("enterprise", language.say("企业（任一编码）", "Enterprise (any identifier)"), "text", &wanted.enterprise))
                }
                (wanted.each.fields(reader))
            }
            div."mt-3" { button.btn."btn-primary" type="submit" { (language.say("查看", "Show")) } }
        }
    }
}
