//! Sets of the permissions that some primitive needs, as bits.

use crate::access::primitives::primitives;
use rustc_hash::FxHashMap;
use std::sync::OnceLock;

const WORDS: usize = 4;

/// A set of permissions, restricted to those that some primitive needs. Small, so that a role becomes one once
/// and is then only combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct PermissionSet([u64; WORDS]);

impl PermissionSet {
    /// The set of `permissions`. Those that no primitive needs are left out.
    pub fn of<'p>(permissions: impl IntoIterator<Item = &'p str>) -> PermissionSet {
        let index = index();
        permissions
            .into_iter()
            .filter_map(|permission| index.get(permission))
            .fold(PermissionSet::default(), |set, &bit| set.with_bit(bit))
    }

    /// Whether no primitive needs any of them.
    pub fn is_empty(&self) -> bool {
        self.0 == [0; WORDS]
    }

    /// Both sets together.
    #[must_use]
    pub fn union(mut self, other: PermissionSet) -> PermissionSet {
        self.0
            .iter_mut()
            .zip(other.0)
            .for_each(|(mine, theirs)| *mine |= theirs);
        self
    }

    /// What both sets have.
    #[must_use]
    pub fn intersection(mut self, other: PermissionSet) -> PermissionSet {
        self.0
            .iter_mut()
            .zip(other.0)
            .for_each(|(mine, theirs)| *mine &= theirs);
        self
    }

    /// Whether all of `other` are in the set.
    pub fn contains_all(&self, other: PermissionSet) -> bool {
        self.intersection(other) == other
    }

    fn with_bit(mut self, bit: u16) -> PermissionSet {
        // `index` hands out no bit beyond the words.
        if let Some(word) = self.0.get_mut(usize::from(bit / 64)) {
            *word |= 1 << (bit % 64);
        }
        self
    }
}

fn index() -> &'static FxHashMap<&'static str, u16> {
    static INDEX: OnceLock<FxHashMap<&'static str, u16>> = OnceLock::new();
    INDEX.get_or_init(|| {
        let mut index = FxHashMap::default();
        for need in primitives()
            .iter()
            .flat_map(|primitive| primitive.needs.iter().flatten())
        {
            let next = index.len() as u16;
            index.entry(need.permission.as_str()).or_insert(next);
        }
        index
    })
}

#[cfg(test)]
mod tests {
    use super::{PermissionSet, WORDS, index};

    #[test]
    fn every_permission_has_a_bit() {
        assert!(
            index().len() <= WORDS * 64,
            "{} permissions: raise WORDS",
            index().len()
        );
    }

    #[test]
    fn sets_keep_what_primitives_need() {
        let both = PermissionSet::of([
            "iam.serviceAccounts.actAs",
            "run.services.create",
            "storage.objects.list",
        ]);
        let one = PermissionSet::of(["iam.serviceAccounts.actAs"]);
        assert!(both.contains_all(one) && !one.contains_all(both));
        assert_eq!(one.union(PermissionSet::of(["run.services.create"])), both);
        assert_eq!(both.intersection(one), one);
        assert!(PermissionSet::of(["storage.objects.list"]).is_empty());
    }
}
