//! A set of grant rules, as a value: intersections of a few of these decide a binding.

const WORDS: usize = 6;

/// A set of small integers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Bits([u64; WORDS]);

impl Bits {
    /// How many members there can be: more grant rules than this are refused at load.
    pub(crate) const CAPACITY: usize = WORDS * 64;

    pub(crate) const EMPTY: Bits = Bits([0; WORDS]);

    pub(crate) fn insert(&mut self, bit: usize) {
        self.0[bit / 64] |= 1 << (bit % 64);
    }

    pub(crate) fn contains(self, bit: usize) -> bool {
        self.0[bit / 64] & (1 << (bit % 64)) != 0
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0.iter().fold(0, |sum, word| sum | word) == 0
    }

    pub(crate) fn and(self, other: Bits) -> Bits {
        Bits(std::array::from_fn(|i| self.0[i] & other.0[i]))
    }

    pub(crate) fn or(self, other: Bits) -> Bits {
        Bits(std::array::from_fn(|i| self.0[i] | other.0[i]))
    }

    pub(crate) fn without(self, other: Bits) -> Bits {
        Bits(std::array::from_fn(|i| self.0[i] & !other.0[i]))
    }

    pub(crate) fn len(self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = usize> {
        self.0.into_iter().enumerate().flat_map(|(i, mut word)| {
            std::iter::from_fn(move || {
                (word != 0).then(|| {
                    let bit = word.trailing_zeros() as usize;
                    word &= word - 1;
                    i * 64 + bit
                })
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Bits;

    #[test]
    fn a_set_holds_what_was_put_in() {
        let mut bits = Bits::EMPTY;
        for bit in [0, 63, 64, 383] {
            bits.insert(bit);
        }
        assert_eq!(bits.iter().collect::<Vec<_>>(), [0, 63, 64, 383]);
        assert!(bits.contains(64) && !bits.contains(65));
        assert_eq!(bits.without(bits), Bits::EMPTY);
        assert_eq!(bits.len(), 4);
    }
}
