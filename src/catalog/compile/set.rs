//! A set of permissions, one bit each.

/// Permissions by their number in the catalogue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Set {
    words: Vec<u64>,
}

impl Set {
    /// Adds one; whether it was new.
    pub(super) fn insert(&mut self, id: usize) -> bool {
        let (word, bit) = (id / 64, 1 << (id % 64));
        if word >= self.words.len() {
            self.words.resize(word + 1, 0);
        }
        let new = self.words[word] & bit == 0;
        self.words[word] |= bit;
        new
    }

    pub(super) fn contains(&self, id: usize) -> bool {
        self.words
            .get(id / 64)
            .is_some_and(|word| word & (1 << (id % 64)) != 0)
    }

    pub(super) fn extend(&mut self, other: &Set) {
        if other.words.len() > self.words.len() {
            self.words.resize(other.words.len(), 0);
        }
        for (mine, theirs) in self.words.iter_mut().zip(&other.words) {
            *mine |= theirs;
        }
    }

    pub(super) fn remove_all(&mut self, other: &Set) {
        for (mine, theirs) in self.words.iter_mut().zip(&other.words) {
            *mine &= !theirs;
        }
    }

    pub(super) fn retain_all(&mut self, other: &Set) {
        for (index, mine) in self.words.iter_mut().enumerate() {
            *mine &= other.words.get(index).copied().unwrap_or(0);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// The numbers in ascending order.
    pub(super) fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(|(index, &word)| {
            std::iter::successors((word != 0).then_some(word), |rest| {
                let rest = rest & (rest - 1);
                (rest != 0).then_some(rest)
            })
            .map(move |rest| index * 64 + rest.trailing_zeros() as usize)
        })
    }
}

impl FromIterator<usize> for Set {
    fn from_iter<I: IntoIterator<Item = usize>>(ids: I) -> Set {
        let mut set = Set::default();
        for id in ids {
            set.insert(id);
        }
        set
    }
}

#[cfg(test)]
mod tests {
    use super::Set;

    #[test]
    fn a_set_holds_what_was_put_in() {
        let ids = [0, 63, 64, 700];
        let mut set: Set = ids.into_iter().collect();
        assert_eq!(set.iter().collect::<Vec<_>>(), ids);
        assert!(set.contains(63) && !set.contains(62) && !set.contains(100_000));
        let other: Set = [63, 701].into_iter().collect();
        set.extend(&other);
        set.remove_all(&[0].into_iter().collect());
        assert_eq!(set.iter().collect::<Vec<_>>(), [63, 64, 700, 701]);
        set.retain_all(&other);
        assert_eq!(set, {
            let mut same = other.clone();
            same.remove_all(&Set::default());
            same
        });
        set.remove_all(&other);
        assert!(set.is_empty());
    }
}
