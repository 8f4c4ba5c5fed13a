//! The shape of the tables that the build script writes, and how they are searched. The embedded ones are static;
//! those of a catalogue with an import laid over it are owned.

use super::kinds::{Depth, Stage};
use super::slots::{first, slots};
use std::borrow::Cow;
use std::ops::Range;

/// Sorted names in one text: nothing to load, nothing to relocate.
#[derive(Debug)]
pub(super) struct Names {
    /// All of them, one after the other.
    pub(super) text: Cow<'static, str>,
    /// Where each ends.
    pub(super) ends: Cow<'static, [u32]>,
    /// The hash table of [`slots`].
    pub(super) slots: Cow<'static, [u32]>,
}

/// A role.
#[derive(Debug, Clone)]
pub(super) struct Role {
    pub(super) depth: Depth,
    /// What it carries: from here …
    pub(super) start: u32,
    /// … to here in [`super::Catalog::carried`].
    pub(super) end: u32,
    /// The families of which it carries some member: a bit for each of [`super::Catalog::families`].
    pub(super) families: u8,
    pub(super) stage: Option<Stage>,
    /// Marked for deletion: only an import says so.
    pub(super) deleted: bool,
    /// What it carries was imported.
    pub(super) imported: bool,
}

impl Role {
    /// Whether bindings of the role have any effect.
    pub(super) fn is_in_force(&self) -> bool {
        !self.deleted && self.stage != Some(Stage::Disabled)
    }
}

impl Names {
    /// Names that are sorted already, none twice.
    pub(super) fn of(names: &[&str]) -> Names {
        let mut text = String::with_capacity(names.iter().map(|name| name.len()).sum());
        let ends = names.iter().map(|name| {
            text.push_str(name);
            // Four gigabytes of names: those beyond are as good as not there.
            u32::try_from(text.len()).unwrap_or(u32::MAX)
        });
        Names {
            ends: ends.collect(),
            slots: slots(names.iter().copied()).into(),
            text: text.into(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The bytes of the tables.
    pub(super) fn size(&self) -> usize {
        self.text.len() + size_of_val(&*self.ends) + size_of_val(&*self.slots)
    }

    /// The name with this number; empty beyond the last.
    pub(super) fn get(&self, id: usize) -> &str {
        let end = |id: usize| self.ends.get(id).map(|end| *end as usize);
        let start = id.checked_sub(1).and_then(end).unwrap_or_default();
        let name = end(id).and_then(|end| self.text.get(start..end));
        name.unwrap_or_default()
    }

    /// The number of a name.
    pub(super) fn id(&self, name: &str) -> Option<usize> {
        let count = self.slots.len();
        let mut at = first(name, count);
        // At least every second slot is free, so the search ends.
        while let Some(id) = self.slots.get(at)?.checked_sub(1) {
            if self.get(id as usize) == name {
                return Some(id as usize);
            }
            at = (at + 1) & (count - 1);
        }
        None
    }

    /// The numbers of the names that begin with a prefix.
    pub(super) fn range(&self, prefix: &str) -> Range<usize> {
        let before = |known: &str| known < prefix;
        self.point(before)..self.point(|known| before(known) || known.starts_with(prefix))
    }

    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.len()).map(|id| self.get(id))
    }

    /// How many names a condition holds for that holds for the first ones only.
    fn point(&self, holds: impl Fn(&str) -> bool) -> usize {
        let Range { mut start, mut end } = 0..self.len();
        while start < end {
            let middle = start + (end - start) / 2;
            if holds(self.get(middle)) {
                start = middle + 1;
            } else {
                end = middle;
            }
        }
        start
    }
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn names_are_found_by_themselves_and_by_prefix() {
        let names = Names::of(&["a.b", "a.c", "ab.a"]);
        assert_eq!(names.text, "a.ba.cab.a");
        let names_are: Vec<&str> = names.iter().collect();
        assert_eq!(names_are, ["a.b", "a.c", "ab.a"]);
        for (id, name) in names_are.into_iter().enumerate() {
            assert_eq!(names.id(name), Some(id));
        }
        let empty = Names::of(&[]);
        assert_eq!((empty.id(""), empty.id("a"), empty.len()), (None, None, 0));
        for none in ["", "a", "a.ba", "a.d", "b"] {
            assert_eq!(names.id(none), None, "{none}");
        }
        assert_eq!(names.range("a."), 0..2);
        assert_eq!(names.range("ab"), 2..3);
        assert_eq!(names.range(""), 0..3);
        assert_eq!(names.range("a.bb"), 1..1);
        assert_eq!(names.range("z"), 3..3);
        assert_eq!(names.get(3), "");
    }
}
