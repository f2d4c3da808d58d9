//! Ids of declarations in capitals, once all columns of a batch are there.

use greenlane_policy::facts::FactType;
use greenlane_policy::matters::{Column, Texts};
use greenlane_policy::pack::Pack;

use crate::canonical::in_capitals;
use crate::frame::Frame;

/// Which codes of the list of matters are declarations.
pub(crate) fn declarations(pack: &Pack) -> Vec<bool> {
    match pack.facts.info(pack.core.matter).fact_type {
        FactType::Code(list) => {
            let codes = &pack.facts.code_list(list).codes;
            codes.iter().map(|(name, _)| name.ends_with("_declaration")).collect()
        }
        _ => Vec::new(),
    }
}

/// Gives the ids of declarations their capitals.
pub(crate) fn capitals(pack: &Pack, declarations: &[bool], frame: &mut Frame) {
    let at = usize::from(pack.core.matter_id.0);
    let Some(Column::Text { values, known }) = frame.columns.get(at) else { return };
    // Without a way out of the loop, so that many bytes are looked at together.
    let small = |any: bool, byte: &u8| any | byte.is_ascii_lowercase() | !byte.is_ascii();
    if !values.joined().as_bytes().iter().fold(false, small) {
        return;
    }
    let matters = frame.column(pack.core.matter);
    let mut texts = Texts::default();
    for row in 0..frame.rows {
        let matter = matters.value(row).and_then(|code| usize::try_from(code).ok());
        let is_declaration = matter.is_some_and(|code| declarations.get(code) == Some(&true));
        let id = values.get(row);
        if is_declaration { texts.push(&in_capitals(id)) } else { texts.push(id) }
    }
    let known = known.clone();
    if let Some(column) = frame.columns.get_mut(at) {
        *column = Column::Text { values: texts, known };
    }
}
