//! All paths of all rules of an asset type, merged into one trie.

use super::path::{Constant, Operator, Predicate, Step, Steps};
use super::walk::Value;
use regex::Regex;
use std::ops::Range;

/// Where a node's value goes when the walk meets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// The only node of a singular path.
    Slot(usize),
    /// One of the nodes of a path with wildcards.
    Many(usize),
    /// A value that a filter above asks for.
    Local(usize),
}

/// A node of the trie.
#[derive(Debug, Default)]
pub(crate) struct Node {
    pub(crate) keys: Vec<(Box<str>, Node)>,
    pub(crate) indices: Vec<(usize, Node)>,
    pub(crate) each: Option<Box<Node>>,
    pub(crate) targets: Vec<Target>,
    pub(crate) filters: Option<Box<Filters>>,
}

/// The filters over the children of a node.
#[derive(Debug)]
pub(crate) struct Filters {
    /// What the filters ask of a child, as a trie of its own; its root is the child.
    pub(crate) child: Node,
    /// The local values of one child; the first is the child itself.
    pub(crate) locals: Range<usize>,
    /// Predicates over the locals, and the list that a matching child goes to.
    pub(crate) tests: Vec<(Test, usize)>,
}

/// A predicate whose paths are resolved to locals.
#[derive(Debug)]
pub(crate) enum Test {
    All(Vec<Test>),
    Any(Vec<Test>),
    Not(Box<Test>),
    Exists(usize),
    Compare(usize, Operator, Constant),
    Regex(usize, Regex),
}

/// The trie of an asset type with the number of places its walk fills.
#[derive(Debug, Default)]
pub(crate) struct Probes {
    pub(crate) root: Node,
    pub(crate) slots: usize,
    pub(crate) lists: usize,
    pub(crate) locals: usize,
    known: Vec<(Vec<Step>, usize)>,
}

impl Probes {
    /// Adds a singular path and returns its slot; a path that is already there is shared.
    pub(crate) fn slot(&mut self, steps: &[Step]) -> usize {
        if let Some((_, slot)) = self.known.iter().find(|(known, _)| known == steps) {
            return *slot;
        }
        let slot = self.slots;
        self.slots += 1;
        self.known.push((steps.to_vec(), slot));
        self.root.descend(steps).targets.push(Target::Slot(slot));
        slot
    }

    /// Whether no rule looks at anything.
    pub(crate) fn is_empty(&self) -> bool {
        self.root.keys.is_empty()
    }

    /// A place that nothing fills.
    pub(crate) fn unused(&mut self) -> usize {
        self.slots += 1;
        self.lists = self.lists.max(self.slots);
        self.slots - 1
    }

    /// Adds a path that may select several nodes and returns its list.
    pub(crate) fn list(&mut self, steps: &Steps) -> usize {
        let list = self.lists;
        self.lists += 1;
        let Some(predicate) = &steps.filter else {
            self.root
                .descend(&steps.steps)
                .targets
                .push(Target::Many(list));
            return list;
        };
        let node = self.root.descend(&steps.steps);
        let mut filters = node.filters.take().map_or_else(
            || {
                let mut child = Node::default();
                child.targets.push(Target::Local(self.locals));
                Filters {
                    child,
                    locals: self.locals..self.locals + 1,
                    tests: Vec::new(),
                }
            },
            |filters| *filters,
        );
        // The locals of one node must be one range: a node that is extended later moves to a fresh one.
        if filters.locals.end < self.locals {
            filters.shift(self.locals);
        }
        let test = filters.resolve(predicate);
        self.locals = filters.locals.end;
        filters.tests.push((test, list));
        self.root.descend(&steps.steps).filters = Some(Box::new(filters));
        list
    }
}

impl Node {
    fn descend(&mut self, steps: &[Step]) -> &mut Node {
        let mut node = self;
        for step in steps {
            node = match step {
                Step::Key(name) => child_of(&mut node.keys, name.clone()),
                Step::Index(index) => child_of(&mut node.indices, *index),
                Step::Each => node.each.get_or_insert_default(),
            };
        }
        node
    }

    fn shift(&mut self, by: usize) {
        for target in &mut self.targets {
            if let Target::Local(local) = target {
                *local += by;
            }
        }
        for (_, child) in &mut self.keys {
            child.shift(by);
        }
        for (_, child) in &mut self.indices {
            child.shift(by);
        }
    }
}

fn child_of<K: PartialEq>(children: &mut Vec<(K, Node)>, key: K) -> &mut Node {
    let at = match children.iter().position(|(known, _)| *known == key) {
        Some(at) => at,
        None => {
            children.push((key, Node::default()));
            children.len() - 1
        }
    };
    &mut children[at].1
}

impl Filters {
    fn resolve(&mut self, predicate: &Predicate) -> Test {
        match predicate {
            Predicate::All(parts) => Test::All(parts.iter().map(|p| self.resolve(p)).collect()),
            Predicate::Any(parts) => Test::Any(parts.iter().map(|p| self.resolve(p)).collect()),
            Predicate::Not(part) => Test::Not(Box::new(self.resolve(part))),
            Predicate::Exists(steps) => Test::Exists(self.local(steps)),
            Predicate::Compare(steps, operator, constant) => {
                Test::Compare(self.local(steps), *operator, constant.clone())
            }
            Predicate::Regex(steps, regex) => Test::Regex(self.local(steps), regex.clone()),
        }
    }

    fn local(&mut self, steps: &[Step]) -> usize {
        let node = self.child.descend(steps);
        let known = node.targets.iter().find_map(|target| match target {
            Target::Local(local) => Some(*local),
            _ => None,
        });
        known.unwrap_or_else(|| {
            let local = self.locals.end;
            self.locals.end += 1;
            node.targets.push(Target::Local(local));
            local
        })
    }

    fn shift(&mut self, start: usize) {
        let by = start - self.locals.start;
        self.locals = start..self.locals.end + by;
        self.child.shift(by);
        for (test, _) in &mut self.tests {
            test.shift(by);
        }
    }
}

impl Test {
    fn shift(&mut self, by: usize) {
        match self {
            Test::All(parts) | Test::Any(parts) => parts.iter_mut().for_each(|p| p.shift(by)),
            Test::Not(part) => part.shift(by),
            Test::Exists(local) | Test::Compare(local, ..) | Test::Regex(local, _) => *local += by,
        }
    }

    /// Evaluates over the locals of one child, after RFC 9535 section 2.3.5.
    pub(crate) fn holds(&self, locals: &[Value<'_>]) -> bool {
        match self {
            Test::All(parts) => parts.iter().all(|p| p.holds(locals)),
            Test::Any(parts) => parts.iter().any(|p| p.holds(locals)),
            Test::Not(part) => !part.holds(locals),
            Test::Exists(local) => locals[*local] != Value::Absent,
            Test::Compare(local, operator, constant) => {
                locals[*local].compares(*operator, constant)
            }
            Test::Regex(local, regex) => match &locals[*local] {
                Value::Text(text) => regex.is_match(text),
                _ => false,
            },
        }
    }
}
