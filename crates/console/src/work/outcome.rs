//! The form in which an officer says what was found.

use greenlane_casework::{Finding, Mode, Outcome};
use greenlane_policy::pack::Pack;
use greenlane_terms::Language;
use greenlane_terms::numbers::TaskNumber;
use maud::{Markup, html};

use super::choice::Choice;
use crate::reader::Reader;

/// What the form's button does; none for what can only be read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Button {
    Complete,
    /// Take the task, and show the form again as it was typed.
    Claim,
    Nothing,
}

/// Rows for findings that are in sight at least; how many blank ones are behind them; and how many an outcome may have.
const ROWS: usize = 3;
const MORE_ROWS: usize = 7;
const MOST_ROWS: usize = 100;

/// What was filled in, as it was typed: a form that is refused comes back with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Filled {
    mode: String,
    findings: Vec<[String; 4]>,
    text: String,
    attachments: String,
}

/// Modes, as they are sent, and in words.
const MODES: [(&str, Mode, &str, &str); 3] = [
    ("on_site", Mode::OnSite, "现场", "on site"),
    ("documents", Mode::Documents, "单证", "by documents"),
    ("remote_video", Mode::RemoteVideo, "远程视频", "by remote video"),
];

/// How a task was done, in words.
pub(super) fn mode_name(language: Language, mode: Mode) -> &'static str {
    MODES.iter().find(|(_, one, ..)| *one == mode).map_or("", |(.., zh, en)| language.say(zh, en))
}

impl Filled {
    /// Reads the fields of a form in their order; a finding begins with its kind.
    pub(super) fn of(fields: Vec<(String, String)>) -> Filled {
        let mut filled = Filled::default();
        for (name, value) in fields {
            let place = match name.as_str() {
                "code" => {
                    filled.findings.push(Default::default());
                    0
                }
                "quantity" => 1,
                "measured_in" => 2,
                "found" => 3,
                "mode" => {
                    filled.mode = value;
                    continue;
                }
                "text" => {
                    filled.text = value;
                    continue;
                }
                "attachments" => {
                    filled.attachments = value;
                    continue;
                }
                _ => continue,
            };
            if let Some(finding) = filled.findings.last_mut() {
                finding[place] = value.trim().to_owned();
            }
        }
        filled
    }

    /// What it says. Rows that say nothing are left out.
    pub(super) fn outcome(&self) -> Outcome {
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let finding = |[code, quantity, measured_in, text]: &[String; 4]| Finding {
            code: code.clone(),
            quantity: given(quantity),
            measured_in: given(measured_in),
            text: text.clone(),
        };
        let mode = MODES.iter().find(|(name, ..)| *name == self.mode);
        Outcome {
            mode: mode.map_or(Mode::OnSite, |(_, mode, ..)| *mode),
            findings: self.rows().map(|at| finding(&self.findings[at])).collect(),
            text: self.text.trim().to_owned(),
            attachments: self.attachments.split_whitespace().map(str::to_owned).collect(),
        }
    }

    /// Rows of the form that say something.
    fn rows(&self) -> impl Iterator<Item = usize> {
        let says = |(_, finding): &(usize, &[String; 4])| finding.iter().any(|text| !text.is_empty());
        self.findings.iter().enumerate().filter(says).map(|(at, _)| at)
    }

    /// How many rows of the form are in sight, and how many there are with those behind them.
    fn sight(&self) -> (usize, usize) {
        let in_sight = self.rows().count().clamp(ROWS, MOST_ROWS);
        let filled = self.rows().last().map_or(0, |at| at + 1);
        (in_sight, filled.max(in_sight + MORE_ROWS).min(MOST_ROWS))
    }

    /// Whether nothing was typed that could be lost.
    pub(super) fn is_blank(&self) -> bool {
        self.rows().next().is_none() && self.text.trim().is_empty() && self.attachments.trim().is_empty()
    }
}

/// The form, filled as far as it was, with what is wrong with it.
pub(super) fn form(
    reader: &Reader,
    pack: &Pack,
    task: TaskNumber,
    filled: &Filled,
    faults: &[String],
    button: Button,
) -> Markup {
    let choice = Choice::of(&reader.path);
    let mode = if filled.mode.is_empty() { "on_site" } else { &filled.mode };
    html! {
        form id="outcome" method="post" action=(choice.step(task, "complete")) {
            @if !faults.is_empty() {
                div.alert."alert-danger" role="alert" { ul."mb-0" { @for fault in faults { li { (fault) } } } }
            }
            fieldset."mb-3" {
                legend."form-label" { (reader.say("检查方式", "How")) }
                @for (name, _, zh, en) in MODES {
                    label."form-check"."form-check-inline" {
                        input."form-check-input" type="radio" name="mode" value=(name) checked[mode == name];
                        span."form-check-label" { (reader.say(zh, en)) }
                    }
                }
            }
            fieldset."mb-3" {
                legend."form-label" { (reader.say("查发情况（没有则留空）", "What was found (empty: all as declared)")) }
                (findings(reader, pack, filled))
            }
            label."form-label" for="text" { (reader.say("说明", "Remarks")) }
            textarea."form-control"."mb-3" id="text" name="text" rows="3" translate="no" { (filled.text) }
            // A button with words of the page: those of a field for files are the browser's.
            div."mb-2" {
                input."visually-hidden" id="photos" type="file" multiple data-hashes="attachments";
                label.btn for="photos" { (reader.say("选择照片和单证", "Choose photos and papers")) } " "
                span."text-secondary" { (reader.say("只登记其 SHA-256，文件留在本机", "their SHA-256 is kept, the files stay here")) }
            }
            label."visually-hidden" for="attachments" { "SHA-256" }
            textarea."form-control"."font-monospace"."mb-3" id="attachments" name="attachments" rows="2" translate="no" { (filled.attachments) }
            (send(reader.language, &choice, task, button))
        }
    }
}

fn send(language: Language, choice: &Choice, task: TaskNumber, button: Button) -> Markup {
    html! { @match button {
        Button::Complete => button.btn."btn-primary" type="submit" accesskey="s" { (language.say("办结", "Complete")) },
        Button::Claim => button.btn."btn-primary" type="submit" formaction=(choice.step(task, "claim")) {
            (language.say("领取此任务，保留所填内容", "Take this task and keep what is typed"))
        },
        Button::Nothing => p."text-secondary"."mb-0" {
            (language.say("所填内容没有登记，此处仅供查看。", "What was typed is not recorded; it can only be read here."))
        },
    } }
}

/// Rows for findings: some in sight, more to unfold.
fn findings(reader: &Reader, pack: &Pack, filled: &Filled) -> Markup {
    let blank: [String; 4] = Default::default();
    let row = |at: usize| finding(reader, pack, at, filled.findings.get(at).unwrap_or(&blank));
    let (in_sight, all) = filled.sight();
    html! {
        @for at in 0..in_sight { (row(at)) }
        @if in_sight < all {
            details open[filled.rows().any(|at| at >= in_sight)] {
                summary."mb-2" { (reader.say("更多查发", "More findings")) }
                @for at in in_sight..all { (row(at)) }
            }
        }
    }
}

fn finding(
    reader: &Reader,
    pack: &Pack,
    at: usize,
    [code, quantity, measured_in, text]: &[String; 4],
) -> Markup {
    let list = pack.facts.code_list_named("finding").map(|list| pack.facts.code_list(list));
    let codes = list.map_or(&[][..], |list| &list.codes);
    let label =
        |zh: &str, en: &str| format!("{} {}", if reader.language.name() == "zh" { zh } else { en }, at + 1);
    html! {
        div.row."g-2"."mb-2" {
            div."col-12"."col-sm-4" {
                select."form-select" name="code" aria-label=(label("种类", "kind")) {
                    option value="" { "–" }
                    @for (name, words) in codes {
                        option value=(name) selected[name == code] { (words.get(reader.language.name())) }
                    }
                }
            }
            div."col-4"."col-sm-2" { input."form-control" name="quantity" value=(quantity) inputmode="decimal" aria-label=(label("数量", "quantity")) placeholder=(reader.say("数量", "quantity")); }
            div."col-3"."col-sm-2" { input."form-control" name="measured_in" value=(measured_in) aria-label=(label("单位", "unit")) placeholder=(reader.say("单位", "unit")); }
            div."col-5"."col-sm-4" { input."form-control" name="found" value=(text) aria-label=(label("情况", "details")) placeholder=(reader.say("情况", "details")); }
        }
    }
}

/// What is wrong with what was filled in, in a language; rows are counted as the form shows them, blank ones too.
pub(super) fn faults(language: Language, filled: &Filled, codes: &[&str]) -> Vec<String> {
    let is_chinese = language == Language::Zh;
    let rows: Vec<usize> = filled.rows().collect();
    let in_words = |field: &str| {
        let at = field.split(['[', ']']).nth(1).and_then(|at| at.parse::<usize>().ok());
        let shown = |at: usize| if field.starts_with("findings") { rows.get(at).copied() } else { Some(at) };
        let row = at.and_then(shown).map_or(0, |at| at + 1);
        let (zh, en) = match field.rsplit(['.', ']']).next().unwrap_or_default() {
            "code" => ("请选择查发种类", "choose what kind of finding it is"),
            "quantity" => {
                ("数量应为数字，例如 12 或者 0.250", "the quantity is a number such as 12 or 0.250")
            }
            "text" if field != "text" => ("文字过长", "the text is too long"),
            _ if field.starts_with("attachments") => (
                "附件应为 64 位十六进制的 SHA-256",
                "an attachment is named by its SHA-256, 64 hexadecimal digits",
            ),
            _ => {
                return language
                    .say(
                        "说明过长，或者查发条目过多",
                        "The remarks are too long, or there are too many findings",
                    )
                    .into();
            }
        };
        if is_chinese { format!("第 {row} 行：{zh}") } else { format!("Row {row}: {en}") }
    };
    filled.outcome().faults(codes.iter().copied()).iter().map(|fault| in_words(&fault.field)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(fields: &[(&str, &str)]) -> Filled {
        Filled::of(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn a_form_is_read_row_by_row_and_empty_rows_say_nothing() {
        let filled = fields(&[
            ("mode", "remote_video"),
            ("code", "quantity"),
            ("quantity", " 12 "),
            ("measured_in", "箱"),
            ("found", ""),
            ("code", ""),
            ("quantity", ""),
            ("measured_in", ""),
            ("found", ""),
            ("code", ""),
            ("quantity", ""),
            ("measured_in", ""),
            ("found", "标签缺失"),
            ("text", " 见照片 "),
            ("attachments", "ab\n cd"),
            ("other", "x"),
        ]);
        let outcome = filled.outcome();
        assert_eq!(outcome.mode, Mode::RemoteVideo);
        assert_eq!(outcome.findings.len(), 2);
        assert_eq!(outcome.findings[0].quantity.as_deref(), Some("12"));
        assert_eq!((outcome.findings[1].code.as_str(), outcome.findings[1].text.as_str()), ("", "标签缺失"));
        assert_eq!((outcome.text.as_str(), outcome.attachments.len()), ("见照片", 2));
    }

    #[test]
    fn a_fault_names_the_row_that_the_form_shows() {
        let row = |code: &'static str, quantity: &'static str| {
            [("code", code), ("quantity", quantity), ("measured_in", ""), ("found", "")]
        };
        let typed = [row("", ""), row("quantity", "1,5"), row("", ""), row("", "3")].concat();
        let mut filled = fields(&typed);
        let rows = |filled: &Filled, language| faults(language, filled, &["quantity"]);
        let expected = [
            "Row 2: the quantity is a number such as 12 or 0.250",
            "Row 4: choose what kind of finding it is",
        ];
        assert_eq!(rows(&filled, Language::En), expected);
        assert!(rows(&filled, Language::Zh)[0].starts_with("第 2 行："));
        filled.attachments = "00".to_owned();
        assert!(
            rows(&filled, Language::En)[2].starts_with("Row 1: an attachment"),
            "counted among attachments"
        );
    }

    #[test]
    fn a_form_has_rows_to_spare_and_never_more_than_an_outcome_may_have() {
        let sight = |findings: &[&str]| {
            let rows: Vec<_> = findings.iter().map(|found| [("code", ""), ("found", *found)]).collect();
            fields(&rows.concat()).sight()
        };
        assert_eq!(sight(&[]), (3, 10));
        assert_eq!(sight(&[""; 10]), (3, 10));
        assert_eq!(sight(&["x"; 5]), (5, 12));
        assert_eq!(sight(&["x", "", "", "", "", "x"]), (3, 10));
        assert_eq!(sight(&[&[""; 11][..], &["x"]].concat()), (3, 12));
        assert_eq!(sight(&["x"; 96]), (96, 100));
        assert_eq!(sight(&["x"; 120]), (100, 100));
    }

    #[test]
    fn blank_rows_are_nothing_that_could_be_lost() {
        assert!(Filled::default().is_blank());
        assert!(fields(&[("mode", "documents"), ("code", ""), ("quantity", " "), ("text", "\n")]).is_blank());
        assert!(!fields(&[("code", ""), ("found", "x")]).is_blank());
        assert!(!fields(&[("attachments", "ab")]).is_blank());
    }

    #[test]
    fn a_field_without_its_row_is_passed_over() {
        assert_eq!(fields(&[("quantity", "1")]), Filled::default());
    }
}
