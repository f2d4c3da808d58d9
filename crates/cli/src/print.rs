//! Tables and marks for people.

use comfy_table::{ContentArrangement, Table, presets};
use greenlane_engine::labels::verdict_words;
use greenlane_policy::pack::Verdict;
use greenlane_terms::Language;

/// A table with a header, as wide as it needs to be.
pub fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(header.iter().copied());
    table
}

/// The mark of a verdict.
pub fn mark(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Granted => "✔",
        Verdict::Refused => "✘",
        Verdict::Undetermined => "?",
        Verdict::OutOfScope => "·",
    }
}

/// A verdict in words.
pub fn verdict(verdict: Verdict, language: Language) -> &'static str {
    let [zh, en] = verdict_words(verdict);
    language.say(zh, en)
}

/// A rate as a percentage without trailing zeros: 0.00244 → `0.244 %`.
pub fn percent(parts_of_1e12: u64) -> String {
    format!("{} %", greenlane_policy::units::scaled_text(i128::from(parts_of_1e12), 10, 0))
}

/// A number with separators of thousands: 45,519.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A progress bar over entries of a log; hidden where nobody looks.
pub fn entries_bar(entries: u64) -> indicatif::ProgressBar {
    let bar = indicatif::ProgressBar::new(entries);
    match indicatif::ProgressStyle::with_template("{bar:30} {pos}/{len}  {per_sec}  {eta}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// A progress bar over the bytes of a file; hidden where nobody looks.
pub fn bytes_bar(bytes: u64) -> indicatif::ProgressBar {
    let bar = indicatif::ProgressBar::new(bytes);
    match indicatif::ProgressStyle::with_template("{bar:30} {bytes}/{total_bytes}  {bytes_per_sec}  {eta}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
