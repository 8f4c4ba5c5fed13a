//! A small seeded generator of numbers (splitmix64), so that one seed gives the same bytes everywhere and for ever.

/// The state of a splitmix64 sequence (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014).
pub(crate) struct Random(u64);

impl Random {
    /// The sequence of `seed`; `stream` picks an independent one, e.g. a project's.
    pub(crate) fn new(seed: u64, stream: u64) -> Random {
        let mut random = Random(seed ^ stream.wrapping_mul(0xD134_2543_DE82_EF95));
        random.next();
        random
    }

    /// The next 64 bits.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `end`, which must not be 0. The bias of the reduction is below 2⁻³² for our sizes.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(end)) >> 64) as u64
    }

    /// A number from `first` to `last`, both included.
    pub(crate) fn between(&mut self, first: u64, last: u64) -> u64 {
        first + self.below(last - first + 1)
    }

    /// True in `part` of 1,000 cases.
    pub(crate) fn permille(&mut self, part: u64) -> bool {
        self.below(1000) < part
    }

    /// One of `items`, which must not be empty.
    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len() as u64) as usize]
    }

    /// From `first` to `last`, mostly near `first`: counts in real estates have a long tail.
    /// Each step up is taken in `keep` of 1,000 cases.
    pub(crate) fn tail(&mut self, first: u64, last: u64, keep: u64) -> u64 {
        let mut count = first;
        while count < last && self.permille(keep) {
            count += 1;
        }
        count
    }
}
