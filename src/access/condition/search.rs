//! At which moments can a formula be true? A tableau: follow every way to make it so, drop those that
//! contradict themselves, and collect the moments that are left.
//!
//! Two readings bound the answer. The generous one lets everything happen that is not refuted, so that
//! "never" is a proof. The strict one admits only what is documented, so that "sometimes" is one, as far as the
//! attributes of a request are independent of each other.

use super::formula::{Atom, Fact, Formula, Test};
use super::spans::Spans;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Branches followed before the answer is given up as open. A condition that Google accepts has at most 12
/// logical operators and needs far fewer, unless it lists many values.
const MAX_BRANCHES: u32 = 4_096;

/// What is asked of a formula.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// It evaluates to this value.
    Is(bool),
    /// It does not evaluate to this value: it has the other one, or its evaluation fails.
    Not(bool),
}

/// The answer to one question.
#[derive(Debug)]
pub(super) struct Answer {
    /// The moments at which it can be so, in the generous reading.
    pub(super) may: Spans,
    /// The moments at which it can be so, in the strict reading.
    pub(super) can: Spans,
    /// The first contradiction met.
    pub(super) conflict: Option<Conflict>,
}

/// Why a way to make a formula so is closed.
#[derive(Debug, Clone)]
pub(super) enum Conflict {
    /// A part has one fixed value; why, as a clause.
    Fixed(String),
    /// A part cannot be evaluated; why, as a clause.
    Broken(String),
    /// Two parts exclude each other.
    Pair(String, String),
    /// No moment satisfies all limits on time.
    Window,
}

/// Asks at which moments `formula` can be as `wanted`.
pub(super) fn ask(formula: &Formula, wanted: Wanted) -> Answer {
    let run = |generous: bool| {
        let mut search = Search {
            generous,
            branches: 0,
            gave_up: false,
            vague: false,
            conflict: None,
        };
        let moments = search.explore(vec![(formula, wanted)], Vec::new(), State::new());
        (moments, search)
    };
    let (may, generous) = run(true);
    let can = if generous.vague || generous.gave_up {
        run(false).0
    } else {
        may.clone()
    };
    Answer {
        may,
        can,
        conflict: generous.conflict,
    }
}

struct Search {
    generous: bool,
    branches: u32,
    gave_up: bool,
    /// Whether an answer rested on something undocumented or blurred.
    vague: bool,
    conflict: Option<Conflict>,
}

type Goal<'f> = (&'f Formula, Wanted);

/// What has been assumed on the way.
#[derive(Clone)]
struct State<'f> {
    moments: Spans,
    numbers: BTreeMap<&'f str, Spans>,
    texts: BTreeMap<&'f str, Vec<(&'f Test, bool, &'f str)>>,
    opaque: BTreeMap<&'f str, bool>,
}

impl State<'_> {
    fn new() -> Self {
        State {
            moments: Spans::all(),
            numbers: BTreeMap::new(),
            texts: BTreeMap::new(),
            opaque: BTreeMap::new(),
        }
    }
}

impl Search {
    /// The moments at which all of `goals` and `choices` can hold under `state`. Goals that need a choice
    /// wait in `choices` until everything certain has been assumed.
    fn explore<'f>(
        &mut self,
        mut goals: Vec<Goal<'f>>,
        mut choices: Vec<Goal<'f>>,
        mut state: State<'f>,
    ) -> Spans {
        while let Some((formula, wanted)) = goals.pop() {
            match formula {
                Formula::Always(value, why) => {
                    let holds = match wanted {
                        Wanted::Is(is) => *value == is,
                        Wanted::Not(not) => *value != not,
                    };
                    if !holds {
                        return self.close(Conflict::Fixed(why.clone()));
                    }
                }
                Formula::Broken(why) => {
                    if matches!(wanted, Wanted::Is(_)) {
                        return self.close(Conflict::Broken(why.clone()));
                    }
                }
                Formula::Not(inner) => goals.push((inner, wanted.opposite())),
                Formula::All(parts) if wanted.needs_all_of_and() => {
                    goals.extend(parts.iter().rev().map(|part| (&**part, wanted)));
                }
                Formula::Any(parts) if wanted.opposite().needs_all_of_and() => {
                    goals.extend(parts.iter().rev().map(|part| (&**part, wanted)));
                }
                Formula::All(_) | Formula::Any(_) => choices.push((formula, wanted)),
                Formula::Atom(atom) => {
                    if let Err(conflict) = self.assume(atom, wanted, &mut state) {
                        return conflict.map_or_else(Spans::none, |conflict| self.close(conflict));
                    }
                }
            }
        }
        match choices.pop() {
            Some((Formula::All(parts) | Formula::Any(parts), wanted)) => {
                self.branch(parts, wanted, &choices, &state)
            }
            _ => state.moments,
        }
    }

    fn branch<'f>(
        &mut self,
        parts: &'f [Rc<Formula>],
        wanted: Wanted,
        choices: &[Goal<'f>],
        state: &State<'f>,
    ) -> Spans {
        let mut found = Spans::none();
        for part in parts {
            self.branches += 1;
            if self.branches > MAX_BRANCHES {
                self.gave_up = true;
                return if self.generous {
                    state.moments.clone()
                } else {
                    found
                };
            }
            let goals = vec![(&**part, wanted)];
            found = found.union(&self.explore(goals, choices.to_vec(), state.clone()));
            if found == state.moments {
                break;
            }
        }
        found
    }

    /// Adds an atom to what is assumed. `Err(None)` closes the way without a contradiction: the strict
    /// reading does not go there.
    fn assume<'f>(
        &mut self,
        atom: &'f Atom,
        wanted: Wanted,
        state: &mut State<'f>,
    ) -> Result<(), Option<Conflict>> {
        if !atom.documented {
            self.vague = true;
            if !self.generous {
                return Err(None);
            }
        }
        let value = match wanted {
            Wanted::Is(value) => value,
            // It may fail, which assumes nothing about its value.
            Wanted::Not(_) if !atom.documented => return Ok(()),
            Wanted::Not(value) => !value,
        };
        match &atom.fact {
            Fact::Moment { yes, no } => {
                let (can, cannot) = if value { (yes, no) } else { (no, yes) };
                let sure = cannot.complement();
                self.vague |= sure != *can;
                state.moments = state
                    .moments
                    .intersect(if self.generous { can } else { &sure });
                if state.moments.is_empty() {
                    return Err(Some(Conflict::Window));
                }
            }
            Fact::Number {
                subject,
                values,
                domain,
            } => {
                let allowed = if value {
                    values.clone()
                } else {
                    values.complement()
                };
                let known = state
                    .numbers
                    .entry(subject)
                    .or_insert_with(|| domain.clone());
                *known = known.intersect(&allowed);
                if known.is_empty() {
                    let limits = format!("the limits on `{subject}`");
                    return Err(Some(Conflict::Pair(limits, atom.text.clone())));
                }
            }
            Fact::Text { subject, test } => {
                add_text(state, subject, test, value, &atom.text).map_err(Some)?;
                if let Some(implied) = implied_name(subject, test).filter(|_| value) {
                    add_text(state, "resource.name", implied, true, &atom.text).map_err(Some)?;
                }
            }
            Fact::Opaque(text) => {
                if *state.opaque.entry(text).or_insert(value) != value {
                    let denied = format!("!({})", atom.text);
                    return Err(Some(Conflict::Pair(atom.text.clone(), denied)));
                }
            }
        }
        Ok(())
    }

    fn close(&mut self, conflict: Conflict) -> Spans {
        self.conflict.get_or_insert(conflict);
        Spans::none()
    }
}

fn add_text<'f>(
    state: &mut State<'f>,
    subject: &'f str,
    test: &'f Test,
    value: bool,
    text: &'f str,
) -> Result<(), Conflict> {
    let known = state.texts.entry(subject).or_default();
    for (other, other_value, other_text) in known.iter() {
        let clash = match (value, *other_value) {
            (true, true) => test.excludes(other),
            (true, false) => test.implies(other),
            (false, true) => other.implies(test),
            (false, false) => false,
        };
        if clash {
            return Err(Conflict::Pair((*other_text).to_owned(), text.to_owned()));
        }
    }
    known.push((test, value, text));
    Ok(())
}

/// What the type of a resource says about its name. Only Cloud Storage, whose three types all live
/// below `projects/_/buckets/`, the underscore being literal.
fn implied_name(subject: &str, test: &Test) -> Option<&'static Test> {
    static IN_A_BUCKET: std::sync::LazyLock<Test> =
        std::sync::LazyLock::new(|| Test::Starts("projects/_/buckets/".to_owned()));
    let Test::Is(kind) = test else { return None };
    let in_a_bucket = matches!(
        kind.as_str(),
        "storage.googleapis.com/Bucket"
            | "storage.googleapis.com/ManagedFolder"
            | "storage.googleapis.com/Object"
    );
    (subject == "resource.type" && in_a_bucket).then(|| &*IN_A_BUCKET)
}

impl Wanted {
    fn opposite(self) -> Wanted {
        match self {
            Wanted::Is(value) => Wanted::Is(!value),
            Wanted::Not(value) => Wanted::Not(!value),
        }
    }

    /// Whether a conjunction is so only if all its parts are: it is true only if all are true, and not false
    /// only if none is false.
    fn needs_all_of_and(self) -> bool {
        matches!(self, Wanted::Is(true) | Wanted::Not(false))
    }
}
