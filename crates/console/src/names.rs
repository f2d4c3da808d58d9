//! Names of things in the words of the pack.

use greenlane_casework::Queue;
use greenlane_policy::pack::Pack;
use greenlane_terms::Language;

/// A queue: the matter that a task of it is.
pub(super) fn queue_name(pack: &Pack, queue: Queue, language: Language) -> &str {
    code_name(pack, "matter", queue.name(), language)
}

/// A code of a list; the code itself if the pack does not know it.
pub(super) fn code_name<'p>(pack: &'p Pack, list: &str, code: &'p str, language: Language) -> &'p str {
    let list = pack.facts.code_list_named(list).map(|list| pack.facts.code_list(list));
    let found = list.and_then(|list| list.codes.iter().find(|(name, _)| name == code));
    found.map_or(code, |(_, label)| label.get(language.name()))
}

/// A measure's title.
pub(super) fn measure_title<'p>(pack: &'p Pack, id: &'p str, language: Language) -> &'p str {
    pack.measure(id).map_or(id, |measure| measure.title.get(language.name()))
}
