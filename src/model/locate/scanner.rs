//! Over a JSON text without keeping what stands in it.

use std::ops::Range;

#[derive(Debug)]
pub(super) struct Object {
    pub(super) members: Vec<Member>,
    /// There may be more members.
    pub(super) is_partial: bool,
}

#[derive(Debug)]
pub(super) struct Member {
    /// The name, between its quotes.
    pub(super) name: Range<usize>,
    pub(super) place: Place,
}

#[derive(Clone, Copy)]
pub(super) struct Scanner<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
}

/// Where a value begins, and where to point for it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) shown: usize,
    pub(super) value: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    pub(super) fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Moves over `expected` and the space around it.
    pub(super) fn eat(&mut self, expected: u8) -> bool {
        self.space();
        let found = self.peek() == Some(expected);
        if found {
            self.at += 1;
            self.space();
        }
        found
    }

    /// The members of the object that begins here. `None` means broken JSON.
    pub(super) fn object(mut self) -> Option<Object> {
        let mut object = Object {
            members: Vec::new(),
            is_partial: false,
        };
        self.eat(b'{');
        if self.peek() == Some(b'}') {
            return Some(object);
        }
        loop {
            object.members.push(self.named()?);
            self.skip()?;
            if !self.eat(b',') {
                return (self.peek() == Some(b'}')).then_some(object);
            }
        }
    }

    /// Moves over the name that begins here, to its value.
    pub(super) fn named(&mut self) -> Option<Member> {
        let start = self.at;
        let name = start + 1..start + 1 + self.string()?.len();
        if !self.eat(b':') {
            return None;
        }
        let value = self.at;
        let is_container = matches!(self.peek(), Some(b'{' | b'['));
        let shown = if is_container { start } else { value };
        let place = Place { shown, value };
        Some(Member { name, place })
    }

    /// Moves over one string and gives back what stands between its quotes.
    pub(super) fn string(&mut self) -> Option<&'a [u8]> {
        if self.peek() != Some(b'"') {
            return None;
        }
        self.at += 1;
        let start = self.at;
        loop {
            let rest = self.bytes.get(self.at..)?;
            self.at += memchr::memchr2(b'"', b'\\', rest)?;
            if self.peek() == Some(b'"') {
                let inner = self.bytes.get(start..self.at);
                self.at += 1;
                return inner;
            }
            self.at += 2;
        }
    }

    /// Moves over one value of any kind, without recursion.
    pub(super) fn skip(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            self.space();
            match self.peek()? {
                b'"' => {
                    self.string()?;
                }
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                    continue;
                }
                b'}' | b']' => {
                    depth = depth.checked_sub(1)?;
                    self.at += 1;
                }
                b',' | b':' => {
                    if depth == 0 {
                        return None;
                    }
                    self.at += 1;
                    continue;
                }
                _ => {
                    while self.peek().is_some_and(|b| {
                        !matches!(b, b',' | b'}' | b']' | b':') && !b.is_ascii_whitespace()
                    }) {
                        self.at += 1;
                    }
                }
            }
            if depth == 0 {
                return Some(());
            }
        }
    }
}
