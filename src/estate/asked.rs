//! What was kept because somebody asked.

use super::Interest;
use rustc_hash::FxHashMap;

/// Facts by the interest that they were kept for. Many ask, and each looks only at what it asked for.
#[derive(Debug)]
pub struct Asked<T>(FxHashMap<Interest, Vec<T>>);

impl<T> Default for Asked<T> {
    fn default() -> Asked<T> {
        Asked(FxHashMap::default())
    }
}

impl<T> Asked<T> {
    pub(super) fn add(&mut self, interest: Interest, fact: T) {
        self.0.entry(interest).or_default().push(fact);
    }

    /// What was kept for these interests: interest by interest, each in the order of the input.
    pub fn by(&self, interests: &[Interest]) -> impl Iterator<Item = &T> {
        let kept = interests.iter().filter_map(|interest| self.0.get(interest));
        kept.flatten()
    }
}
