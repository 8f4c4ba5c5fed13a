//! Sets of whole numbers as sorted, disjoint, closed ranges: moments in nanoseconds, hours of the day, ports.

/// A set of whole numbers between [`Spans::MIN`] and [`Spans::MAX`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spans(Vec<(i128, i128)>);

impl Spans {
    /// Far beyond every moment and number that a condition can name, and safe from overflow.
    pub(super) const MIN: i128 = -(1 << 100);
    pub(super) const MAX: i128 = 1 << 100;

    pub(super) fn all() -> Spans {
        Spans(vec![(Spans::MIN, Spans::MAX)])
    }

    pub(super) fn none() -> Spans {
        Spans(Vec::new())
    }

    /// From `low` to `high`, both included; empty if they are the wrong way round.
    pub(super) fn range(low: i128, high: i128) -> Spans {
        let low = low.max(Spans::MIN);
        let high = high.min(Spans::MAX);
        if low <= high {
            Spans(vec![(low, high)])
        } else {
            Spans::none()
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn contains(&self, value: i128) -> bool {
        self.0
            .iter()
            .any(|&(low, high)| low <= value && value <= high)
    }

    /// The ranges in order, both ends included.
    pub(super) fn ranges(&self) -> impl Iterator<Item = (i128, i128)> + '_ {
        self.0.iter().copied()
    }

    /// The greatest member.
    pub(super) fn last(&self) -> Option<i128> {
        self.0.last().map(|&(_, high)| high)
    }

    pub(super) fn intersect(&self, other: &Spans) -> Spans {
        let mut out = Vec::new();
        let (mut a, mut b) = (self.0.iter().peekable(), other.0.iter().peekable());
        while let (Some(&&(a_low, a_high)), Some(&&(b_low, b_high))) = (a.peek(), b.peek()) {
            let (low, high) = (a_low.max(b_low), a_high.min(b_high));
            if low <= high {
                out.push((low, high));
            }
            if a_high < b_high {
                a.next();
            } else {
                b.next();
            }
        }
        Spans(out)
    }

    pub(super) fn complement(&self) -> Spans {
        let mut out = Vec::new();
        let mut next = Spans::MIN;
        for &(low, high) in &self.0 {
            if next < low {
                out.push((next, low - 1));
            }
            next = high + 1;
        }
        if next <= Spans::MAX {
            out.push((next, Spans::MAX));
        }
        Spans(out)
    }

    pub(super) fn union(&self, other: &Spans) -> Spans {
        self.complement()
            .intersect(&other.complement())
            .complement()
    }
}

#[cfg(test)]
mod tests {
    use super::Spans;

    #[test]
    fn sets_of_ranges_obey_the_laws_of_sets() {
        let a = Spans::range(1, 5).union(&Spans::range(10, 20));
        let b = Spans::range(4, 12);
        assert_eq!(
            a.intersect(&b),
            Spans::range(4, 5).union(&Spans::range(10, 12))
        );
        assert_eq!(a.union(&b), Spans::range(1, 20));
        assert_eq!(a.complement().complement(), a);
        assert!(a.intersect(&a.complement()).is_empty());
        assert_eq!(a.union(&a.complement()), Spans::all());
        assert_eq!(Spans::all().complement(), Spans::none());
        assert_eq!(Spans::range(2, 1), Spans::none());
        assert_eq!(
            (a.last(), a.contains(10), a.contains(6)),
            (Some(20), true, false)
        );
    }
}
