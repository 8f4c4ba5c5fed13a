//! Whether the public reaches a bucket: one truth table over all that can open it and all that can shut it again.
//!
//! Five ways lead in: the allow policy, the allow policies of managed folders, and the access control lists of the
//! bucket, of new objects and of single ones. Two switches shut them for good: public access prevention all of them,
//! uniform bucket-level access the lists (Cloud Storage documentation, "Public access prevention", "Uniform bucket-level access"). An IP
//! filter in force and a service perimeter leave the way open and narrow who comes along it ("Bucket IP filtering";
//! VPC Service Controls, "Overview": anonymous requests from outside of a perimeter are refused).
//!
//! Pure: facts in, answer out. What is declared as public on purpose is no matter of this table.

use crate::model::Truth;

/// A way into a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Way {
    /// The bucket's allow policy.
    Policy,
    /// The allow policy of a managed folder in it.
    FolderPolicy,
    /// The bucket's access control list.
    Acl,
    /// The list that new objects get.
    DefaultObjectAcl,
    /// The list of a single object.
    ObjectAcl,
}

impl Way {
    /// All of them.
    pub const ALL: [Way; 5] = [
        Way::Policy,
        Way::FolderPolicy,
        Way::Acl,
        Way::DefaultObjectAcl,
        Way::ObjectAcl,
    ];

    /// Whether it is an access control list.
    pub fn is_list(self) -> bool {
        matches!(self, Way::Acl | Way::DefaultObjectAcl | Way::ObjectAcl)
    }
}

/// What stands between the public and a way that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guards {
    /// Public access prevention, on the bucket or by organisation policy above it.
    pub prevention: Truth,
    /// Uniform bucket-level access: lists have no effect.
    pub uniform: Truth,
    /// An IP filter is in force and does not let every address through.
    pub filter: Truth,
    /// A service perimeter around the project restricts Cloud Storage.
    pub perimeter: Truth,
}

/// What the table says of a way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The public comes in, as far as it is not held back as said.
    Open(Held),
    /// It does not, for this reason.
    Shut(Shut),
    /// The input does not say whether the way is open, and nothing shuts it.
    Unknown,
}

/// Why the public does not come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shut {
    /// Nobody of the public is named there.
    NotNamed,
    /// Public access prevention.
    Prevention,
    /// Uniform bucket-level access.
    Uniform,
}

/// What may hold the public back on a way that is open. Any of it makes a finding less sure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Held {
    /// The input does not say whether public access prevention is on.
    pub perhaps_prevented: bool,
    /// The input does not say whether lists count.
    pub perhaps_uniform: bool,
    /// An IP filter lets only some addresses through.
    pub filtered: bool,
    /// A service perimeter refuses requests from outside.
    pub in_perimeter: bool,
}

impl Held {
    /// Whether nothing holds the public back.
    pub fn by_nothing(self) -> bool {
        self == Held::default()
    }

    /// What to tell next to a finding.
    pub fn notes(self) -> impl Iterator<Item = &'static str> {
        [
            (
                self.perhaps_prevented,
                "whether public access prevention blocks it is not in the input",
            ),
            (
                self.perhaps_uniform,
                "whether lists count at all is not in the input",
            ),
            (self.filtered, "an IP filter lets only some networks in"),
            (
                self.in_perimeter,
                "a service perimeter refuses requests from outside",
            ),
        ]
        .into_iter()
        .filter_map(|(holds, note)| holds.then_some(note))
    }
}

impl Guards {
    /// The table: what comes of `way`, of which is said whether it names the public (`opened`).
    pub fn answer(&self, way: Way, opened: Truth) -> Answer {
        let uniform = match way.is_list() {
            true => self.uniform,
            false => Truth::No,
        };
        match (opened, self.prevention, uniform) {
            (Truth::No, _, _) => Answer::Shut(Shut::NotNamed),
            (_, Truth::Yes, _) => Answer::Shut(Shut::Prevention),
            (_, _, Truth::Yes) => Answer::Shut(Shut::Uniform),
            (Truth::Unknown, _, _) => Answer::Unknown,
            (Truth::Yes, prevention, uniform) => Answer::Open(Held {
                perhaps_prevented: prevention == Truth::Unknown,
                perhaps_uniform: uniform == Truth::Unknown,
                filtered: self.filter == Truth::Yes,
                in_perimeter: self.perimeter == Truth::Yes,
            }),
        }
    }
}

impl Answer {
    /// Whether the public comes in.
    pub fn truth(self) -> Truth {
        match self {
            Answer::Open(_) => Truth::Yes,
            Answer::Unknown => Truth::Unknown,
            Answer::Shut(_) => Truth::No,
        }
    }
}

/// Whether a range of an IP filter is the whole internet or half of it: `0.0.0.0/0`, `::/0`, and the two halves of
/// each, which together are the same.
pub fn every_address(range: &str) -> bool {
    let Some((address, length)) = range.split_once('/') else {
        return false;
    };
    let mut address = address.trim().chars();
    matches!(length.trim(), "0" | "1") && address.all(|c| c.is_ascii_hexdigit() || ".:".contains(c))
}

/// Whether the public comes in on any way.
pub fn exposed(answers: impl IntoIterator<Item = Answer>) -> Truth {
    let answers = answers.into_iter().map(Answer::truth);
    answers.fold(Truth::No, Truth::or)
}

#[cfg(test)]
mod tests {
    use super::{Answer, Guards, Held, Shut, Way, every_address, exposed};
    use crate::model::Truth;

    const TRUTHS: [Truth; 3] = [Truth::No, Truth::Unknown, Truth::Yes];

    /// Rows: is the public named (no, ?, yes). Columns: uniform access (no, ?, yes) under prevention no, ? and yes.
    /// `.` not named, `P` prevented, `U` uniform, `?` unknown, `!` open, `p` and `u` open unless prevented or uniform,
    /// `b` unless either.
    const POLICIES: [&str; 3] = ["... ... ...", "??? ??? PPP", "!!! ppp PPP"];
    const LISTS: [&str; 3] = ["... ... ...", "??U ??U PPP", "!uU pbU PPP"];

    fn letter(answer: Answer) -> char {
        match answer {
            Answer::Shut(Shut::NotNamed) => '.',
            Answer::Shut(Shut::Prevention) => 'P',
            Answer::Shut(Shut::Uniform) => 'U',
            Answer::Unknown => '?',
            Answer::Open(held) => match (held.perhaps_prevented, held.perhaps_uniform) {
                (false, false) => '!',
                (true, false) => 'p',
                (false, true) => 'u',
                (true, true) => 'b',
            },
        }
    }

    fn grid(way: Way, opened: Truth, filter: Truth, perimeter: Truth) -> String {
        let block = |prevention| {
            let cells = TRUTHS.map(|uniform| {
                let guards = Guards {
                    prevention,
                    uniform,
                    filter,
                    perimeter,
                };
                letter(guards.answer(way, opened))
            });
            String::from_iter(cells)
        };
        TRUTHS.map(block).join(" ")
    }

    #[test]
    fn every_cell_of_the_table() {
        for filter in TRUTHS {
            for perimeter in TRUTHS {
                for way in Way::ALL {
                    let expected = if way.is_list() { LISTS } else { POLICIES };
                    let found = TRUTHS.map(|opened| grid(way, opened, filter, perimeter));
                    assert_eq!(found, expected, "{way:?}, filter {filter:?}, {perimeter:?}");
                }
            }
        }
    }

    #[test]
    fn networks_narrow_and_never_shut() {
        for filter in TRUTHS {
            for perimeter in TRUTHS {
                let guards = Guards {
                    prevention: Truth::No,
                    uniform: Truth::Yes,
                    filter,
                    perimeter,
                };
                let held = Held {
                    filtered: filter == Truth::Yes,
                    in_perimeter: perimeter == Truth::Yes,
                    ..Held::default()
                };
                assert_eq!(guards.answer(Way::Policy, Truth::Yes), Answer::Open(held));
                let notes = usize::from(held.filtered) + usize::from(held.in_perimeter);
                assert_eq!(held.notes().count(), notes);
                assert_eq!(held.by_nothing(), notes == 0);
            }
        }
    }

    #[test]
    fn ranges_that_keep_nobody_out() {
        for everything in [
            "0.0.0.0/0",
            "0.0.0.0/1",
            "128.0.0.0/1",
            "::/0",
            "0:0::/0",
            "8000::/1",
        ] {
            assert!(every_address(everything), "{everything}");
        }
        for some in [
            "203.0.113.0/24",
            "10.0.0.0/8",
            "2001:db8::/32",
            "x/0",
            "",
            "0.0.0.0",
        ] {
            assert!(!every_address(some), "{some}");
        }
    }

    #[test]
    fn one_open_way_is_enough_and_one_unknown_is_no_pass() {
        let open = Answer::Open(Held::default());
        let shut = Answer::Shut(Shut::NotNamed);
        assert_eq!(exposed([shut, Answer::Unknown, open]), Truth::Yes);
        assert_eq!(exposed([shut, Answer::Unknown]), Truth::Unknown);
        assert_eq!(exposed([shut, shut]), Truth::No);
        assert_eq!(exposed([]), Truth::No);
    }
}
