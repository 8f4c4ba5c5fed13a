//! Takes back what was found of members and nodes that turn out not to be outside of the organisation.

use super::Judge;
use super::program::TypeProgram;
use super::scratch::{Doubt, Scratch};
use crate::model::{Member, Truth, project_of, short_name};
use crate::rules::bits::Bits;
use std::borrow::Cow;

impl Judge<'_> {
    /// A machine identity of the very project that the asset lies in is no stranger there, whoever the project belongs
    /// to. A project may be known by its id only and an account by the project's number: then nobody knows.
    pub(super) fn settle_own<'de>(&self, program: &TypeProgram, scratch: &mut Scratch<'de>) {
        let asked = program.grants.and(self.bench.program.grants.outside());
        let found = scratch.fail.and(asked);
        if found.is_empty() {
            return;
        }
        let (mut left, mut open) = (Bits::EMPTY, Bits::EMPTY);
        let mut hits = std::mem::take(&mut scratch.hits);
        hits.retain(|hit| {
            let member = hit.member.as_ref().filter(|_| found.contains(hit.bit));
            let project = member.and_then(|(_, text)| Member::parse(text).project());
            let is_own = project.map_or(Truth::No, |project| self.is_own_project(scratch, project));
            match is_own {
                Truth::No => left.insert(hit.bit),
                Truth::Unknown => open.insert(hit.bit),
                Truth::Yes => {}
            }
            is_own == Truth::No
        });
        scratch.hits = hits;
        scratch.fail = scratch.fail.without(found.without(left));
        if !open.is_empty() {
            let doubt = of_node(&scratch.name);
            scratch.unknown.push((open, doubt));
        }
    }

    fn is_own_project(&self, scratch: &Scratch<'_>, project: &str) -> Truth {
        let is_number = |project: &str| project.bytes().all(|byte| byte.is_ascii_digit());
        let mut spellings_differ = true;
        for own in own_projects(scratch) {
            // The organisation's own are known by both.
            spellings_differ &= is_number(own) != is_number(project)
                && !self.bench.organization.projects.contains(own);
            if own == project {
                return Truth::Yes;
            }
        }
        match spellings_differ && own_projects(scratch).next().is_some() {
            true => Truth::Unknown,
            false => Truth::No,
        }
    }

    /// Takes back what was found for rules on foreign nodes if this is none of them, or nobody knows.
    pub(super) fn settle_places<'de>(&self, program: &TypeProgram, scratch: &mut Scratch<'de>) {
        let asked = program.grants.and(self.bench.program.grants.foreign());
        let found = scratch.unknown.iter().map(|(bits, _)| *bits);
        let found = found.fold(scratch.fail, Bits::or).and(asked);
        if found.is_empty() {
            return;
        }
        let foreign = self.bench.organization.is_foreign(&scratch.ancestors);
        if foreign == Truth::Yes {
            return;
        }
        scratch.fail = scratch.fail.without(found);
        scratch.hits.retain(|hit| !found.contains(hit.bit));
        for (bits, _) in &mut scratch.unknown {
            *bits = bits.without(found);
        }
        if foreign == Truth::Unknown {
            let doubt = of_node(&scratch.name);
            scratch.unknown.push((found, doubt));
        }
    }
}

/// Why it is not known whether a node belongs to the organisation.
fn of_node<'de>(name: &str) -> Doubt<'de> {
    match name {
        // No setting helps while nobody says which node it is.
        "" => Doubt::Resource,
        name => Doubt::Outside(Cow::Owned(short_name(name).into_owned())),
    }
}

/// Whether who may be outside is a machine identity of the very project that the asset lies in.
pub(super) fn is_own(scratch: &Scratch<'_>, doubt: &Doubt<'_>) -> bool {
    let Doubt::Outside(project) = doubt else {
        return false;
    };
    own_projects(scratch).any(|own| own == project)
}

/// The project of an asset as its name and its ancestors spell it.
fn own_projects<'s>(scratch: &'s Scratch<'_>) -> impl Iterator<Item = &'s str> {
    let above = scratch.ancestors.iter();
    let above = above.filter_map(|node| node.strip_prefix("projects/"));
    project_of(&scratch.name).into_iter().chain(above)
}
