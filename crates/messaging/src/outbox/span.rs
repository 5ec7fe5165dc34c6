//! A set of ids as a range with holes.

/// Most holes for which a range is used.
const MAX_HOLES: usize = 1_000;

/// The ids of some rows as one range without holes, which PostgreSQL matches with two comparisons
/// per row.
///
/// Ids are assigned before the commit, so that a row in a hole may become visible at any time. Such
/// a row does not belong to the set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Span {
    pub(super) first: i64,
    pub(super) last: i64,
    pub(super) holes: Vec<i64>,
}

impl Span {
    /// The span of no rows: every row is outside it.
    pub(crate) const EMPTY: Self = Self {
        first: 1,
        last: 0,
        holes: Vec::new(),
    };

    /// The span of these ids, which may be in any order. `None` if there would be too many holes.
    pub(crate) fn of(mut ids: Vec<i64>) -> Option<Self> {
        ids.sort_unstable();
        let (Some(&first), Some(&last)) = (ids.first(), ids.last()) else {
            return Some(Self::EMPTY);
        };
        let width = usize::try_from(last.checked_sub(first)?).ok()?;
        if width >= ids.len() + MAX_HOLES {
            return None;
        }
        let holes = ids.windows(2).flat_map(|pair| (pair[0] + 1)..pair[1]).collect();
        Some(Self { first, last, holes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_exactly_its_ids() {
        let ids = vec![12, 7, 8, 9, 20];
        let span = Span::of(ids.clone()).unwrap();
        let covered: Vec<i64> = (0..100)
            .filter(|id| (span.first..=span.last).contains(id) && !span.holes.contains(id))
            .collect();
        assert_eq!(covered, [7, 8, 9, 12, 20]);
        assert!(Span::of(vec![5]).unwrap().holes.is_empty());
        assert_eq!(Span::of(Vec::new()), Some(Span::EMPTY));
    }

    #[test]
    fn ids_that_are_far_apart_have_no_span() {
        assert_eq!(Span::of(vec![1, 1_000_000]), None);
        assert_eq!(Span::of(vec![i64::MIN, i64::MAX]), None);
    }
}
