//! Facts, values and conditions in the words of a language.

use greenlane_policy::expression::{Comparison, Proposition, Term};
use greenlane_policy::facts::{ColumnId, FactType};
use greenlane_policy::units::scaled_text;
use greenlane_terms::calendar::{Day, calendar_year_before};

use crate::row::Row;
use crate::truth::Truth;

/// Words about one row in one language (`zh` or `en`; others fall back to English grammar).
#[derive(Clone, Copy, Debug)]
pub struct Words<'a> {
    /// The row.
    pub row: Row<'a>,
    /// Language code.
    pub language: &'a str,
}

impl Words<'_> {
    pub(crate) fn pick(&self, zh: &str, en: &str) -> String {
        if self.language == "zh" { zh.to_owned() } else { en.to_owned() }
    }

    /// The label of a fact; a member by its year or month: "import and export tax paid in 2021".
    #[must_use]
    pub fn label(&self, column: ColumnId) -> String {
        let facts = &self.row.pack.facts;
        let fact = facts.fact_of(column);
        let label = fact.label.get(self.language);
        let Some(member) = facts.info(column).member.map(|at| fact.members[at].as_str()) else {
            return label.to_owned();
        };
        let year = member.strip_prefix('y').and_then(|back| back.parse::<i16>().ok());
        match (self.row.decided_on(), year, self.language) {
            (Some(day), Some(back), "zh") => format!("{}年{label}", day.year() - back),
            (Some(day), Some(back), _) if fact.fact_type == FactType::Money => {
                format!("{label} in {}", day.year() - back)
            }
            (Some(day), Some(back), _) => format!("{label} at the end of {}", day.year() - back),
            (Some(day), None, "zh") if member == "last_month" => {
                format!("{}{label}", month_before(day, "年", "月末"))
            }
            (Some(day), None, _) if member == "last_month" => {
                format!("{label} at the end of {}", month_before(day, "-", ""))
            }
            _ => format!("{label} [{member}]"),
        }
    }

    /// The member of a family that a column is, by its year or month: "2021", "2026-10"; empty for a fact that is no family.
    #[must_use]
    pub fn member(&self, column: ColumnId) -> String {
        let facts = &self.row.pack.facts;
        let Some(at) = facts.info(column).member else { return String::new() };
        let member = facts.fact_of(column).members[at].as_str();
        let year = member.strip_prefix('y').and_then(|back| back.parse::<i16>().ok());
        match (self.row.decided_on(), year, member) {
            (Some(day), Some(back), _) if self.language == "zh" => format!("{}年", day.year() - back),
            (Some(day), Some(back), _) => (day.year() - back).to_string(),
            (Some(day), None, "last_month") => {
                month_before(day, self.pick("年", "-").as_str(), self.pick("月", "").as_str())
            }
            _ => member.to_owned(),
        }
    }

    /// A coded value of a fact.
    #[must_use]
    pub fn value(&self, column: ColumnId, coded: i64) -> String {
        self.row.pack.facts.show(self.row.fact_type(column), coded, self.language)
    }

    /// Codes of a list: "advanced (AEO) or certified".
    #[must_use]
    pub fn codes(&self, list: greenlane_policy::facts::CodeListId, codes: &[u8]) -> String {
        let list = self.row.pack.facts.code_list(list);
        let labels = codes.iter().filter_map(|code| list.codes.get(usize::from(*code)));
        let labels: Vec<&str> = labels.map(|(_, label)| label.get(self.language)).collect();
        labels.join(&self.pick("或", " or "))
    }

    /// "must be at least" and the like.
    #[must_use]
    pub fn must_be(&self, comparison: Comparison, is_date: bool) -> String {
        let (zh, en, en_date) = match comparison {
            Comparison::Equal => ("应为", "must be", "must be"),
            Comparison::NotEqual => ("不应为", "must not be", "must not be"),
            Comparison::Less => ("应低于", "must be below", "must be before"),
            Comparison::AtMost => ("应不高于", "must be at most", "must not be after"),
            Comparison::Greater => ("应高于", "must be above", "must be after"),
            Comparison::AtLeast => ("应不低于", "must be at least", "must not be before"),
        };
        let zh_date = match comparison {
            Comparison::Less => "应早于",
            Comparison::AtMost => "应不晚于",
            Comparison::Greater => "应晚于",
            Comparison::AtLeast => "应不早于",
            _ => zh,
        };
        if is_date { self.pick(zh_date, en_date) } else { self.pick(zh, en) }
    }

    /// One line for each part of a proposition that keeps it from being `wanted`: observed value, threshold, distance.
    #[must_use]
    pub fn obstacles(&self, proposition: &Proposition, wanted: bool) -> Vec<String> {
        let truth = self.row.truth(proposition);
        if truth == Truth::of(Some(wanted)) {
            return Vec::new();
        }
        match proposition {
            Proposition::Constant(_) | Proposition::Parameter(_) => Vec::new(),
            Proposition::Flag(column) => self.flag_obstacle(*column, wanted),
            Proposition::Compare(comparison, left, right) => {
                let comparison = if wanted { *comparison } else { comparison.negated() };
                vec![self.comparison(comparison, left, right, true)]
            }
            Proposition::OneOf(term, list, codes) => self.code_obstacle(term, *list, codes, wanted),
            Proposition::All(parts) if wanted => self.each_obstacle(parts, true),
            Proposition::All(parts) => self.any_obstacle(parts, false),
            Proposition::Any(parts) if wanted => self.any_obstacle(parts, true),
            Proposition::Any(parts) => self.each_obstacle(parts, false),
            Proposition::Not(inner) => self.obstacles(inner, !wanted),
            Proposition::Case(arms, otherwise) => match self.row.arm(arms) {
                Some(Some(then)) => self.obstacles(then, wanted),
                Some(None) => self.obstacles(otherwise, wanted),
                None => arms.iter().flat_map(|(when, _)| self.unknown_of(when)).collect(),
            },
            Proposition::Each(members) => {
                members.iter().flat_map(|(_, part)| self.obstacles(part, wanted)).collect()
            }
        }
    }

    fn each_obstacle(&self, parts: &[Proposition], wanted: bool) -> Vec<String> {
        parts.iter().flat_map(|part| self.obstacles(part, wanted)).collect()
    }

    fn any_obstacle(&self, parts: &[Proposition], wanted: bool) -> Vec<String> {
        let mut alternatives: Vec<String> = parts
            .iter()
            .filter(|part| possible(&self.row, part, wanted))
            .map(|part| self.obstacles(part, wanted).join(&self.pick("，且", ", and ")))
            .filter(|lines| !lines.is_empty())
            .collect();
        alternatives.dedup();
        if alternatives.is_empty() {
            return Vec::new();
        }
        vec![alternatives.join(&self.pick("；或", "; or "))]
    }

    /// The days of the history windows that a proposition looks at: " (2023-08-31 to 2024-08-30)".
    #[must_use]
    pub fn windows(&self, proposition: &Proposition) -> String {
        let mut found = String::new();
        let facts = &self.row.pack.facts;
        proposition.each_fact(&mut |column| {
            let window = facts.fact_of(column).history.as_ref().map(|history| history.window);
            let (Some(greenlane_policy::facts::Window::Years(years)), Some(day)) =
                (window, self.row.decided_on())
            else {
                return;
            };
            let period = greenlane_terms::calendar::years_before(day, years);
            let last = day.plus_days(-1);
            found = self
                .pick(&format!("（{} 至 {last}）", period.from), &format!(" ({} to {last})", period.from));
        });
        found
    }

    fn unknown_of(&self, proposition: &Proposition) -> Vec<String> {
        if self.row.truth(proposition) == Truth::Unknown {
            self.obstacles(proposition, true)
        } else {
            Vec::new()
        }
    }

    fn flag_obstacle(&self, column: ColumnId, wanted: bool) -> Vec<String> {
        use greenlane_policy::pack::DerivedRule;
        if let Some(DerivedRule::Flag(rule)) = self.row.derivation(column).map(|derived| &derived.rule) {
            return self.obstacles(rule, wanted);
        }
        let label = self.label(column);
        vec![match self.row.value(column) {
            None => self.unknown(&label),
            Some(_) if wanted => format!("{label}{}", self.pick("：否", ": no")),
            Some(_) => format!("{label}{}", self.pick("：是", ": yes")),
        }]
    }

    fn code_obstacle(
        &self,
        term: &Term,
        list: greenlane_policy::facts::CodeListId,
        codes: &[u8],
        wanted: bool,
    ) -> Vec<String> {
        use greenlane_policy::pack::DerivedRule;
        match term {
            Term::Fact(column) => {
                if let Some(DerivedRule::Value(rule)) =
                    self.row.derivation(*column).map(|derived| &derived.rule)
                {
                    let inner = self.code_obstacle(rule, list, codes, wanted);
                    return if inner.is_empty() {
                        vec![self.code_line(*column, list, codes, wanted)]
                    } else {
                        inner
                    };
                }
                vec![self.code_line(*column, list, codes, wanted)]
            }
            // Why no arm before the one that was taken came true says more than the result.
            Term::Case(arms, otherwise) => {
                let reachable = |when: &Proposition| possible(&self.row, when, true);
                let taken = arms.iter().position(|(when, _)| self.row.truth(when) == Truth::True);
                let before = &arms[..taken.unwrap_or(arms.len())];
                let gives = |then: &Term| match self.row.term(then) {
                    Some(code) => codes.iter().any(|one| i64::from(*one) == code) == wanted,
                    None => false,
                };
                let mut lines: Vec<String> = before
                    .iter()
                    .filter(|(when, then)| gives(then) && reachable(when))
                    .flat_map(|(when, _)| self.obstacles(when, true))
                    .filter(|line| !line.is_empty())
                    .collect();
                if lines.is_empty() {
                    let then = taken.map_or(&**otherwise, |at| &arms[at].1);
                    lines = self.code_obstacle(then, list, codes, wanted);
                }
                lines
            }
            _ => Vec::new(),
        }
    }

    pub(crate) fn code_line(
        &self,
        column: ColumnId,
        list: greenlane_policy::facts::CodeListId,
        codes: &[u8],
        wanted: bool,
    ) -> String {
        let label = self.label(column);
        let must = self.must_be(if wanted { Comparison::Equal } else { Comparison::NotEqual }, false);
        match self.row.value(column) {
            None => self.unknown(&label),
            Some(code) if self.language == "zh" => {
                format!("{label}为{}，{must}{}", self.value(column, code), self.codes(list, codes))
            }
            Some(code) => {
                format!("{label}: {}, {must} {}", self.value(column, code), self.codes(list, codes))
            }
        }
    }

    pub(crate) fn unknown(&self, label: &str) -> String {
        if self.language == "zh" { format!("{label}未知") } else { format!("{label}: not known") }
    }

    /// The values of both sides of a comparison, such as `0.35` and `0.482`; `None` for one that is not known.
    #[must_use]
    pub fn compared(&self, left: &Term, right: &Term) -> [Option<String>; 2] {
        let kind = self.kind(left).or_else(|| self.kind(right));
        let scale = scale(left, self).max(scale(right, self));
        [left, right].map(|term| Some(self.amount(kind, scale, self.row.term(term)?)))
    }

    /// Observed value and threshold, and how far they are apart if that is wanted.
    pub(crate) fn comparison(
        &self,
        comparison: Comparison,
        left: &Term,
        right: &Term,
        with_distance: bool,
    ) -> String {
        let (left_words, right_words) = (self.term(left), self.term(right));
        let (Some(observed), Some(threshold)) = (self.row.term(left), self.row.term(right)) else {
            let mut unknown = Vec::new();
            for term in [left, right] {
                term.each_fact(&mut |column| {
                    if self.row.value(column).is_none() {
                        unknown.push(self.unknown(&self.label(column)));
                    }
                });
            }
            unknown.dedup();
            return unknown.join(&self.pick("，", ", "));
        };
        let kind = self.kind(left).or_else(|| self.kind(right));
        let scale = scale(left, self).max(scale(right, self));
        let is_date = kind == Some(FactType::Date);
        let observed_words = self.amount(kind, scale, observed);
        let threshold_words = self.amount(kind, scale, threshold);
        let must = self.must_be(comparison, is_date);
        let named = match right {
            Term::Decimal { .. } | Term::Date(_) | Term::Parameter(_) => String::new(),
            _ if self.language == "zh" => format!("{right_words}，即"),
            _ => format!("{right_words}, "),
        };
        let short = match with_distance {
            true => self.distance(comparison, kind, scale, observed, threshold),
            false => String::new(),
        };
        if self.language == "zh" {
            format!("{left_words}为{observed_words}，{must}{named}{threshold_words}{short}")
        } else {
            format!("{left_words}: {observed_words}, {must} {named}{threshold_words}{short}")
        }
    }

    /// How far a number is from its threshold: " (1.00 short)".
    fn distance(
        &self,
        comparison: Comparison,
        kind: Option<FactType>,
        scale: u8,
        observed: i64,
        threshold: i64,
    ) -> String {
        if matches!(kind, Some(FactType::Date) | None) {
            return String::new();
        }
        let gap = (i128::from(observed) - i128::from(threshold)).abs();
        if gap == 0 {
            return String::new();
        }
        let gap = match kind {
            Some(FactType::Money) => {
                let fen = gap / 10i128.pow(u32::from(scale.saturating_sub(2)));
                greenlane_policy::units::Fen(i64::try_from(fen).unwrap_or(i64::MAX)).to_string()
            }
            _ => scaled_text(gap, usize::from(scale), 0),
        };
        match comparison {
            Comparison::AtLeast | Comparison::Greater => {
                self.pick(&format!("（差 {gap}）"), &format!(" ({gap} short)"))
            }
            Comparison::AtMost | Comparison::Less => {
                self.pick(&format!("（超 {gap}）"), &format!(" ({gap} over)"))
            }
            Comparison::Equal | Comparison::NotEqual => String::new(),
        }
    }

    fn amount(&self, kind: Option<FactType>, scale: u8, value: i64) -> String {
        let facts = &self.row.pack.facts;
        match kind {
            Some(FactType::Money) if scale > 2 => {
                let fen = value / 10i64.pow(u32::from(scale - 2));
                facts.show(FactType::Money, fen, self.language)
            }
            Some(FactType::Ratio) if scale != 4 => scaled_text(i128::from(value), usize::from(scale), 2),
            Some(FactType::Count) if scale > 0 => scaled_text(i128::from(value), usize::from(scale), 0),
            Some(kind) => facts.show(kind, value, self.language),
            None => scaled_text(i128::from(value), usize::from(scale), 0),
        }
    }

    /// The type of the first fact in a term.
    fn kind(&self, term: &Term) -> Option<FactType> {
        let mut found = None;
        term.each_fact(&mut |column| found = found.or(Some(self.row.fact_type(column))));
        found
    }

    /// A term in words.
    #[must_use]
    pub fn term(&self, term: &Term) -> String {
        match term {
            Term::Fact(column) => self.label(*column),
            Term::Parameter(id) => self.row.pack.parameter(*id).label.get(self.language).to_owned(),
            Term::Decimal { value, scale } => scaled_text(i128::from(*value), usize::from(*scale), 0),
            Term::Date(day) => Day(*day).to_string(),
            Term::Code(list, code) => self.codes(*list, &[*code]),
            Term::Plus(left, right) => format!("{} + {}", self.term(left), self.term(right)),
            Term::Minus(left, right) => format!("{} − {}", self.term(left), self.term(right)),
            Term::Times(left, right) => format!("{} × {}", self.term(left), self.term(right)),
            Term::Widen(inner, _) => self.term(inner),
            Term::PlusMonths(inner, months) => format!("{}{}", self.term(inner), self.months(*months)),
            Term::PlusDays(inner, days) => {
                format!(
                    "{} {} {}",
                    self.term(inner),
                    sign(*days),
                    self.pick(&format!("{} 天", days.abs()), &plural(days.abs(), "day"))
                )
            }
            Term::Case(_, otherwise) => self.term(otherwise),
        }
    }

    fn months(&self, months: i32) -> String {
        let (count, years) = if months % 12 == 0 { (months / 12, true) } else { (months, false) };
        let words = match (self.language, years) {
            ("zh", true) => format!("{} 年", count.abs()),
            ("zh", false) => format!("{} 个月", count.abs()),
            (_, true) => plural(count.abs(), "year"),
            (_, false) => plural(count.abs(), "month"),
        };
        format!(" {} {words}", sign(months))
    }
}

/// Whether other facts could make a proposition `wanted`: a parameter, the matter and the office stay as they are.
#[must_use]
pub fn possible(row: &Row<'_>, proposition: &Proposition, wanted: bool) -> bool {
    use greenlane_policy::pack::DerivedRule;
    if row.truth(proposition) == Truth::of(Some(wanted)) {
        return true;
    }
    match proposition {
        Proposition::Constant(_) | Proposition::Parameter(_) => false,
        Proposition::Flag(column) if row.pilot(*column).is_some() => row.value(*column).is_none(),
        Proposition::Flag(column) => match row.derivation(*column).map(|derived| &derived.rule) {
            Some(DerivedRule::Flag(rule)) => possible(row, rule, wanted),
            _ => true,
        },
        Proposition::OneOf(Term::Fact(column), ..) => *column != row.pack.core.matter,
        Proposition::Compare(_, left, right) => {
            let mut others = false;
            let mut visit = |column| others |= column != row.pack.core.decided_on;
            left.each_fact(&mut visit);
            right.each_fact(&mut visit);
            others
        }
        Proposition::OneOf(..) | Proposition::Case(..) => true,
        Proposition::All(parts) if wanted => parts.iter().all(|part| possible(row, part, true)),
        Proposition::All(parts) => parts.iter().any(|part| possible(row, part, false)),
        Proposition::Any(parts) if wanted => parts.iter().any(|part| possible(row, part, true)),
        Proposition::Any(parts) => parts.iter().all(|part| possible(row, part, false)),
        Proposition::Not(inner) => possible(row, inner, !wanted),
        Proposition::Each(members) if wanted => members.iter().all(|(_, part)| possible(row, part, true)),
        Proposition::Each(members) => members.iter().any(|(_, part)| possible(row, part, false)),
    }
}

/// When a fact about a past year leaves the years that a family looks back on: its calendar year, and the first year
/// in which it no longer counts.
#[must_use]
pub fn leaves_window(row: &Row<'_>, column: ColumnId) -> Option<(i16, i16)> {
    let facts = &row.pack.facts;
    let fact = facts.fact_of(column);
    let back =
        facts.info(column).member.and_then(|at| fact.members[at].strip_prefix('y')?.parse::<i16>().ok())?;
    let years =
        fact.members.iter().filter_map(|member| member.strip_prefix('y')?.parse::<i16>().ok()).max()?;
    let year = calendar_year_before(row.decided_on()?, back).from.year();
    Some((year, year + years + 1))
}

fn month_before(day: Day, separator: &str, end: &str) -> String {
    let date = day.plus_days(-i32::from(day.date().day())).date();
    format!("{}{separator}{:02}{end}", date.year(), date.month())
}

fn sign(number: i32) -> &'static str {
    if number < 0 { "−" } else { "+" }
}

fn plural(count: i32, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// Decimal places of a term's coded value.
fn scale(term: &Term, words: &Words<'_>) -> u8 {
    match term {
        Term::Fact(column) => match words.row.fact_type(*column) {
            FactType::Money => 2,
            FactType::Ratio => 4,
            _ => 0,
        },
        Term::Parameter(id) => match words.row.pack.parameter(*id).parameter_type {
            greenlane_policy::pack::ParameterType::Ratio => 4,
            greenlane_policy::pack::ParameterType::Money => 2,
            _ => 0,
        },
        Term::Decimal { scale, .. } => *scale,
        Term::Times(left, right) => scale(left, words) + scale(right, words),
        Term::Widen(inner, places) => scale(inner, words) + places,
        Term::Plus(left, _) | Term::Minus(left, _) => scale(left, words),
        Term::Case(_, otherwise) => scale(otherwise, words),
        Term::Date(_) | Term::Code(..) | Term::PlusMonths(..) | Term::PlusDays(..) => 0,
    }
}
