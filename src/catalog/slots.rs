//! From a name to its number without a search. The build script reads this file too: nothing but `std` here.

/// The slots of a hash table of names, with linear probing: in each a number and one more, or zero where none is.
/// There are at least twice as many slots as names, and their number is a power of two.
pub(super) fn slots<'n>(names: impl ExactSizeIterator<Item = &'n str>) -> Vec<u32> {
    let count = (names.len() * 2).next_power_of_two();
    let mut slots = vec![0; count];
    for (number, name) in (1..).zip(names) {
        let mut at = first(name, count);
        while slots[at] != 0 {
            at = (at + 1) % count;
        }
        slots[at] = number;
    }
    slots
}

/// Where the search for a name begins. `count` is a power of two.
pub(super) fn first(name: &str, count: usize) -> usize {
    // Eight bytes at a time, mixed as FxHash mixes them; the upper bits are the good ones.
    const FACTOR: u64 = 0x51_7c_c1_b7_27_22_0a_95;
    let mix = |hash: u64, word: u64| (hash.rotate_left(5) ^ word).wrapping_mul(FACTOR);
    let mut words = name.as_bytes().chunks_exact(8);
    let mut hash = name.len() as u64;
    for word in &mut words {
        let word = word.try_into().map_or(0, u64::from_le_bytes);
        hash = mix(hash, word);
    }
    let rest = words.remainder().iter();
    let rest = rest.fold(0, |word, byte| word << 8 | u64::from(*byte));
    hash = mix(hash, rest);
    (hash >> 32) as usize & (count - 1)
}
