//! A set of permissions, one bit each. The build script reads this file too: nothing but `std` here.

/// Permissions by their number in one catalogue, see [`super::Catalog::number`]. Sets of different catalogues
/// must not be mixed: a number means another permission there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct PermissionSet {
    /// The last word is never zero, so that equal sets are equal words.
    words: Vec<u64>,
}

impl PermissionSet {
    /// Adds a permission; whether it was new.
    pub fn insert(&mut self, number: usize) -> bool {
        let (word, bit) = (number / 64, 1 << (number % 64));
        if word >= self.words.len() {
            self.words.resize(word + 1, 0);
        }
        let new = self.words[word] & bit == 0;
        self.words[word] |= bit;
        new
    }

    /// Whether a permission is in the set.
    pub fn contains(&self, number: usize) -> bool {
        let word = self.words.get(number / 64);
        word.is_some_and(|word| word & (1 << (number % 64)) != 0)
    }

    /// Whether every permission of `other` is in this set too.
    pub fn is_superset(&self, other: &PermissionSet) -> bool {
        let mut pairs = self.words.iter().zip(&other.words);
        self.words.len() >= other.words.len() && pairs.all(|(mine, theirs)| theirs & !mine == 0)
    }

    /// Adds all of `other`.
    pub fn add_all(&mut self, other: &PermissionSet) {
        if other.words.len() > self.words.len() {
            self.words.resize(other.words.len(), 0);
        }
        for (mine, theirs) in self.words.iter_mut().zip(&other.words) {
            *mine |= theirs;
        }
    }

    /// Takes all of `other` away.
    pub fn remove_all(&mut self, other: &PermissionSet) {
        for (mine, theirs) in self.words.iter_mut().zip(&other.words) {
            *mine &= !theirs;
        }
        self.trim();
    }

    /// Takes away what is not in `other`.
    pub fn retain_all(&mut self, other: &PermissionSet) {
        self.words.truncate(other.words.len());
        for (mine, theirs) in self.words.iter_mut().zip(&other.words) {
            *mine &= theirs;
        }
        self.trim();
    }

    /// What is in either set.
    #[must_use]
    pub fn union(&self, other: &PermissionSet) -> PermissionSet {
        let mut all = self.clone();
        all.add_all(other);
        all
    }

    /// What is in this set and not in `other`.
    #[must_use]
    pub fn difference(&self, other: &PermissionSet) -> PermissionSet {
        let mut rest = self.clone();
        rest.remove_all(other);
        rest
    }

    /// What is in both sets.
    #[must_use]
    pub fn intersection(&self, other: &PermissionSet) -> PermissionSet {
        let mut both = self.clone();
        both.retain_all(other);
        both
    }

    /// How many permissions there are.
    pub fn len(&self) -> usize {
        self.words
            .iter()
            .map(|word| word.count_ones() as usize)
            .sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The numbers in ascending order, which is that of the names.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(|(index, &word)| {
            std::iter::successors((word != 0).then_some(word), |rest| {
                let rest = rest & (rest - 1);
                (rest != 0).then_some(rest)
            })
            .map(move |rest| index * 64 + rest.trailing_zeros() as usize)
        })
    }

    /// The set of some numbers, the greatest last.
    pub(super) fn of_sorted(numbers: &[u32]) -> PermissionSet {
        let words = numbers.last().map_or(0, |last| *last as usize / 64 + 1);
        let mut set = PermissionSet {
            words: vec![0; words],
        };
        for number in numbers {
            set.insert(*number as usize);
        }
        set
    }

    /// The bytes of the words.
    pub(super) fn size(&self) -> usize {
        size_of_val(&*self.words)
    }

    fn trim(&mut self) {
        let words = self.words.iter().rposition(|word| *word != 0);
        self.words.truncate(words.map_or(0, |last| last + 1));
    }
}

impl FromIterator<usize> for PermissionSet {
    fn from_iter<I: IntoIterator<Item = usize>>(numbers: I) -> PermissionSet {
        let mut set = PermissionSet::default();
        for number in numbers {
            set.insert(number);
        }
        set
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::PermissionSet;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn numbers() -> impl Strategy<Value = BTreeSet<usize>> {
        // Short words and long gaps, so that sets of different length meet.
        let some = prop_oneof![0..130_usize, 0..5_000_usize];
        proptest::collection::btree_set(some, 0..60)
    }

    fn set(numbers: &BTreeSet<usize>) -> PermissionSet {
        numbers.iter().copied().collect()
    }

    proptest! {
        #[test]
        fn a_set_does_what_a_tree_does(a in numbers(), b in numbers(), probe in 0..6_000_usize) {
            let (ours, other) = (set(&a), set(&b));
            let list = |set: &PermissionSet| set.iter().collect::<BTreeSet<_>>();
            prop_assert_eq!(list(&ours), a.clone());
            prop_assert!(ours.iter().is_sorted());
            prop_assert_eq!(ours.len(), a.len());
            prop_assert_eq!(ours.is_empty(), a.is_empty());
            prop_assert_eq!(ours.contains(probe), a.contains(&probe));
            prop_assert_eq!(ours.is_superset(&other), a.is_superset(&b));
            prop_assert_eq!(ours == other, a == b);
            let pairs = [
                (ours.union(&other), &a | &b),
                (ours.difference(&other), &a - &b),
                (ours.intersection(&other), &a & &b),
            ];
            for (ours, theirs) in pairs {
                prop_assert_eq!(list(&ours), theirs.clone());
                // Made in another way, it is the same value.
                prop_assert_eq!(&ours, &set(&theirs));
                prop_assert_eq!(ours.is_empty(), theirs.is_empty());
            }
            let sorted: Vec<u32> = a.iter().map(|n| u32::try_from(*n).unwrap()).collect();
            prop_assert_eq!(PermissionSet::of_sorted(&sorted), ours);
        }
    }

    #[test]
    fn inserting_says_what_was_new() {
        let mut set = PermissionSet::default();
        assert!(set.insert(63) && set.insert(64) && !set.insert(63));
        assert_eq!(set.iter().collect::<Vec<_>>(), [63, 64]);
    }
}
