//! Lists in pages: `?after=CURSOR&limit=N`, answered as `{"items": […], "next": CURSOR or null}`.

use greenlane_desk::NotDone;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Items of a page unless told otherwise.
const USUAL: u32 = 100;

/// Items of a page at most.
const MOST: u32 = 1_000;

/// Which page.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// `next` of the page before; the first page without.
    pub after: Option<u64>,
    /// Items of the page, 1 to 1000; 100 unless told otherwise.
    #[param(minimum = 1, maximum = 1000)]
    pub limit: Option<u32>,
}

/// One page of a list.
#[derive(Serialize, ToSchema)]
pub struct Page<T, C = u64> {
    /// The items.
    pub items: Vec<T>,
    /// `after` of the next page; null at the end of the list.
    pub next: Option<C>,
}

impl Paging {
    /// Items of the page.
    pub fn limit(&self) -> Result<u32, NotDone> {
        let limit = self.limit.unwrap_or(USUAL);
        let wrong = || NotDone::bad_request(format!("`limit` is {limit}, expected 1 to {MOST}"));
        (1..=MOST).contains(&limit).then_some(limit).ok_or_else(wrong)
    }

    /// Where the page begins: after this one.
    pub fn after(&self) -> u64 {
        self.after.unwrap_or(0)
    }

    /// A page of what was found with one more than [`Paging::limit`]; `cursor` names an item.
    pub fn page<F, T, C>(
        &self,
        mut found: Vec<F>,
        cursor: impl Fn(&F) -> C,
        show: impl Fn(F) -> T,
    ) -> Page<T, C> {
        let limit = self.limit.unwrap_or(USUAL) as usize;
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(cursor);
        Page { items: found.into_iter().map(show).collect(), next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_names_the_next_one_as_long_as_there_is_one() {
        let paging = Paging { after: None, limit: Some(2) };
        let page = |found: &[u64]| {
            let page = paging.page(found.to_vec(), |one| *one, |one| one * 10);
            (page.items, page.next)
        };
        assert_eq!(page(&[]), (vec![], None));
        assert_eq!(page(&[4, 5]), (vec![40, 50], None));
        assert_eq!(page(&[4, 5, 6]), (vec![40, 50], Some(5)));
        let limit = |limit| Paging { after: None, limit }.limit().ok();
        let limits = [None, Some(0), Some(1), Some(1_000), Some(1_001)].map(limit);
        assert_eq!(limits, [Some(100), None, Some(1), Some(1_000), None]);
    }
}
