//! The form in which an officer says what was found.

use greenlane_casework::{Finding, Mode, Outcome};
use greenlane_policy::pack::Pack;
use maud::{Markup, html};

use crate::console::language::Language;
use crate::console::reader::Reader;

/// Rows for findings that a form has at least.
const ROWS: usize = 3;

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
        let says = |finding: &&[String; 4]| finding.iter().any(|text| !text.is_empty());
        let mode = MODES.iter().find(|(name, ..)| *name == self.mode);
        Outcome {
            mode: mode.map_or(Mode::OnSite, |(_, mode, ..)| *mode),
            findings: self.findings.iter().filter(says).map(finding).collect(),
            text: self.text.trim().to_owned(),
            attachments: self.attachments.split_whitespace().map(str::to_owned).collect(),
        }
    }
}

/// The form, filled as far as it was, with what is wrong with it.
pub(super) fn form(reader: &Reader, pack: &Pack, task: u64, filled: &Filled, faults: &[String]) -> Markup {
    let blank: [String; 4] = Default::default();
    let rows = filled.findings.len().max(ROWS);
    let mode = if filled.mode.is_empty() { "on_site" } else { &filled.mode };
    html! {
        form method="post" action={ "/work/" (task) "/complete" } {
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
                @for at in 0..rows { (finding(reader, pack, at, filled.findings.get(at).unwrap_or(&blank))) }
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
            button.btn."btn-primary" type="submit" accesskey="s" { (reader.say("办结", "Complete")) }
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

/// What is wrong with an outcome, in the reader's language.
pub(super) fn faults(reader: &Reader, outcome: &Outcome, codes: &[&str]) -> Vec<String> {
    let is_chinese = reader.language == Language::Zh;
    let in_words = |field: &str| {
        let row =
            field.split(['[', ']']).nth(1).and_then(|at| at.parse::<usize>().ok()).map_or(0, |at| at + 1);
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
                return reader
                    .say(
                        "说明过长，或者查发条目过多",
                        "The remarks are too long, or there are too many findings",
                    )
                    .into();
            }
        };
        if is_chinese { format!("第 {row} 行：{zh}") } else { format!("Row {row}: {en}") }
    };
    outcome.faults(codes.iter().copied()).iter().map(|fault| in_words(&fault.field)).collect()
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
    fn a_field_without_its_row_is_passed_over() {
        assert_eq!(fields(&[("quantity", "1")]), Filled::default());
    }
}
