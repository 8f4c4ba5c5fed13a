//! The shape of the tables that the build script writes, and how they are searched.

use super::kinds::Depth;
use std::ops::Range;

/// Sorted names in one text: nothing to load, nothing to relocate.
#[derive(Debug)]
pub(super) struct Names {
    /// All of them, one after the other.
    pub(super) text: &'static str,
    /// Where each ends.
    pub(super) ends: &'static [u32],
}

/// A predefined role.
#[derive(Debug)]
pub(super) struct Role {
    pub(super) depth: Depth,
    /// What it carries: from here …
    pub(super) start: u32,
    /// … to here in [`super::Catalog::carried`].
    pub(super) end: u32,
    /// The families of which it carries some member: a bit for each of [`super::Catalog::families`].
    pub(super) families: u8,
}

impl Names {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
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
        let at = self.point(|known| known < name);
        (self.get(at) == name && at < self.len()).then_some(at)
    }

    /// The numbers of the names that begin with a prefix.
    pub(super) fn range(&self, prefix: &str) -> Range<usize> {
        let before = |known: &str| known < prefix;
        self.point(before)..self.point(|known| before(known) || known.starts_with(prefix))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
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
        let names = Names {
            text: "a.ba.cab.a",
            ends: &[3, 6, 10],
        };
        let names_are: Vec<&str> = names.iter().collect();
        assert_eq!(names_are, ["a.b", "a.c", "ab.a"]);
        for (id, name) in names_are.into_iter().enumerate() {
            assert_eq!(names.id(name), Some(id));
        }
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
