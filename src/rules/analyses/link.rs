//! `link`: an asset refers to another, and the other must be as it should.
//!
//! ```toml
//! [analysis]
//! name = "link"
//!
//! [analysis.with]
//! from   = [{ asset = "logging.googleapis.com/LogSink", path = "$.resource.data.destination" }]
//! to     = "storage.googleapis.com/Bucket"
//! expect = [{ path = "$.resource.data.versioning.enabled", is = { equal = true }, default = false }]
//! # public   = false                   # buckets: nobody from the internet may reach it
//! # same     = ["project", "location"] # what both must share
//! # projects = ["acme-*"]              # globs: the project that the other must be in, judged by its name alone
//! # missing  = "fail"                  # the other is not in the input: "unknown" (default), "pass", "fail"
//! # on       = "source"                # tell of the asset that refers; by default of the one that is referred to
//! ```
//!
//! A reference is followed in every spelling: `gs://b`, `storage.googleapis.com/b`, the bare name of a bucket, a relative
//! or a full resource name, a version of a key for the key. What is no reference to an asset of type `to` is not
//! applicable. `missing = "fail"` fails only where the export would hold the other asset. `{value}` of the message says
//! what is wrong; with `on = "target"` a note says who refers to it.

use super::Verdicts;
use super::clause::Clause;
use super::kept::Kept;
use super::public_bucket::{Reach, reach};
use super::reference::{Relation, resolve, shares};
use super::verdicts::worded;
use crate::estate::{Coverage, Estate, Evidence, Interest, Record};
use crate::finding::Confidence;
use crate::model::{GapReason, Truth, canonical, project_of, short_name};
use crate::rules::file::When;
use crate::rules::judge::Bench;
use crate::rules::select::Refusal;
use globset::{Glob, GlobSet, GlobSetBuilder};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

/// What `link` is told.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "Link")]
pub(crate) struct With {
    /// Which assets refer, and where.
    from: Vec<From>,
    /// The asset type that is referred to.
    to: String,
    /// What must hold of it.
    #[serde(default)]
    expect: Vec<When>,
    /// `false`: a bucket that the public can reach is a finding.
    public: Option<bool>,
    /// What both must share.
    #[serde(default)]
    same: Vec<Relation>,
    /// Globs over ids and numbers of projects: the other must be in one of these.
    #[serde(default)]
    projects: Vec<String>,
    /// What it means that the other is not in the input.
    #[serde(default)]
    missing: Missing,
    /// Which of the two is told of.
    #[serde(default)]
    on: End,
}

/// Assets that refer to others.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct From {
    /// The asset type.
    asset: String,
    /// Where the reference stands.
    path: String,
    /// What must hold of the asset; others are not applicable.
    #[serde(default, rename = "where")]
    wanted: Vec<When>,
}

/// What it means that an asset is not in the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Missing {
    /// Nobody knows.
    #[default]
    Unknown,
    /// Nothing.
    Pass,
    /// It does not exist, or belongs to others.
    Fail,
}

/// An end of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum End {
    /// What is referred to.
    #[default]
    Target,
    /// What refers.
    Source,
}

/// The analysis, ready to run.
#[derive(Debug)]
pub(crate) struct Link {
    with: With,
    expect: Vec<Clause>,
    wanted: Vec<Vec<Clause>>,
    projects: Option<GlobSet>,
}

/// A reference that was followed.
struct Followed<'e> {
    source: &'e Record,
    place: &'e Evidence,
    /// Full name of what is referred to.
    name: String,
}

/// What is said of a link.
enum Said {
    Pass,
    /// What is wrong, and where that stands if the other is told of.
    Wrong(String, Option<Evidence>, Truth),
    Unknown(GapReason, String),
}

/// What is the same for all links.
struct Input<'e> {
    estate: &'e Estate,
    bench: &'e Bench<'e>,
    kept: Kept<'e>,
    coverage: Coverage,
}

impl Link {
    /// Checks what it is told.
    ///
    /// # Errors
    /// A test or a glob that does not compile, or nothing to look for.
    pub(super) fn new(with: With) -> Result<Link, Refusal> {
        let mut globs = GlobSetBuilder::new();
        for pattern in &with.projects {
            let glob = Glob::new(pattern).map_err(|error| {
                Refusal::at("projects", pattern, format!("no glob: {}", error.kind()))
            })?;
            globs.add(glob);
        }
        let globs = globs
            .build()
            .map_err(|error| Refusal::new("projects", error.to_string()))?;
        let asks = !with.expect.is_empty()
            || !with.same.is_empty()
            || !with.projects.is_empty()
            || with.public == Some(false)
            || with.missing == Missing::Fail;
        if !asks {
            let message = "give `expect`, `public = false`, `same`, `projects` or `missing = \"fail\"`: there is nothing to look for";
            return Err(Refusal::new("to", message));
        }
        if with.public == Some(false) && with.to != super::BUCKET {
            let message = "`public` can be asked of buckets only";
            return Err(Refusal::new("public", message));
        }
        let wanted = with.from.iter().map(|from| Clause::compile(&from.wanted));
        Ok(Link {
            expect: Clause::compile(&with.expect)?,
            wanted: wanted.collect::<Result<_, _>>()?,
            projects: (!with.projects.is_empty()).then_some(globs),
            with,
        })
    }

    /// Whether the analysis must know who reaches buckets.
    pub(super) fn asks_public(&self) -> bool {
        self.with.public == Some(false)
    }

    /// What must be kept of both ends.
    pub(super) fn records(&self) -> Vec<(&str, &str)> {
        const LOCATION: &str = "$.resource.data.location";
        let to = self.with.to.as_str();
        let expected = self.expect.iter().flat_map(Clause::paths);
        let mut wanted: Vec<(&str, &str)> = expected
            .chain(["$.name", LOCATION])
            .map(|path| (to, path))
            .collect();
        for (from, clauses) in self.with.from.iter().zip(&self.wanted) {
            let paths = clauses.iter().flat_map(Clause::paths);
            let paths = paths.chain([from.path.as_str(), LOCATION]);
            wanted.extend(paths.map(|path| (from.asset.as_str(), path)));
        }
        wanted
    }

    /// Answers for every reference, or for everything that is referred to.
    pub(super) fn run(
        &self,
        interests: &[Interest],
        bench: &Bench<'_>,
        estate: &Estate,
        verdicts: &mut Verdicts<'_>,
    ) {
        let input = Input {
            kept: Kept::new(estate, interests),
            coverage: estate.coverage(&self.with.to),
            estate,
            bench,
        };
        let mut by_target: IndexMap<String, Vec<Followed<'_>>> = IndexMap::new();
        for (from, clauses) in self.with.from.iter().zip(&self.wanted) {
            let records = estate.records(&from.asset).into_iter();
            for source in records.flat_map(|records| records.iter()) {
                let links = self.follow(from, clauses, source, &input, verdicts);
                for link in links {
                    match self.with.on {
                        End::Source => self.judge(std::slice::from_ref(&link), &input, verdicts),
                        End::Target => by_target.entry(link.name.clone()).or_default().push(link),
                    }
                }
            }
        }
        for links in by_target.values() {
            self.judge(links, &input, verdicts);
        }
    }

    /// The references of an asset.
    fn follow<'e>(
        &self,
        from: &From,
        clauses: &[Clause],
        source: &'e Record,
        input: &Input<'_>,
        verdicts: &mut Verdicts<'_>,
    ) -> Vec<Followed<'e>> {
        let Some(field) = source.field(&from.path) else {
            return Vec::new();
        };
        if super::clause::all_hold(clauses, source, input.bench.now) == Truth::No {
            verdicts.not_applicable();
            return Vec::new();
        }
        if let (true, Some((reason, pointer))) = (field.values.is_empty(), &field.lacks) {
            verdicts.unknown(*reason, pointer, &source.name, &source.evidence);
            return Vec::new();
        }
        let texts = field.values.iter();
        let texts = texts.filter_map(|point| Some((point.value.as_text()?, &point.evidence)));
        let links: Vec<Followed<'e>> = texts
            .filter_map(|(text, place)| {
                let name = resolve(text, &self.with.to)?;
                Some(Followed {
                    source,
                    place,
                    name,
                })
            })
            .collect();
        if links.is_empty() {
            verdicts.not_applicable();
        }
        links
    }

    /// Judges what is referred to by some assets; with `on = "source"`, by one.
    fn judge(&self, links: &[Followed<'_>], input: &Input<'_>, verdicts: &mut Verdicts<'_>) {
        let Some(first) = links.first() else { return };
        let target = input
            .estate
            .records(&self.with.to)
            .and_then(|records| records.named(&first.name));
        let mut open = None;
        let resource = match (self.with.on, target) {
            (End::Source, _) => &first.source.name,
            (End::Target, Some(target)) => &target.name,
            (End::Target, None) => &*first.name,
        };
        for link in links {
            match self.says(link, target, input) {
                Said::Pass => {}
                Said::Unknown(reason, subject) => {
                    open.get_or_insert((reason, subject));
                }
                Said::Wrong(words, place, sure) => {
                    let place = match (self.with.on, &place) {
                        (End::Target, Some(place)) => place,
                        _ => link.place,
                    };
                    let mut finding = verdicts.finding(resource, place, worded(&words));
                    if sure == Truth::Unknown {
                        finding.confidence = finding.confidence.min(Confidence::Medium);
                    }
                    if self.with.on == End::Target {
                        let more = match links.len() {
                            1 => String::new(),
                            several => format!(" and {} more", several - 1),
                        };
                        let note =
                            format!("referred to by {}{more}", short_name(&link.source.name));
                        finding.note = Some(note.into());
                    } else {
                        finding.detail = Some(short_name(&link.name).into());
                    }
                    verdicts.fail([finding]);
                    return;
                }
            }
        }
        match open {
            Some((reason, subject)) => verdicts.unknown(reason, &subject, resource, first.place),
            None => verdicts.pass(),
        }
    }

    fn says(&self, link: &Followed<'_>, target: Option<&Record>, input: &Input<'_>) -> Said {
        let title = short_name(&link.name);
        if let Some(globs) = &self.projects {
            match self.in_projects(globs, link, target, input.estate) {
                Some(true) => {}
                Some(false) => {
                    return Said::Wrong(format!("{title} is in another project"), None, Truth::Yes);
                }
                None => return unknown(&format!("which project {title} is in")),
            }
        }
        let mut open = None;
        for relation in &self.with.same {
            match shares(*relation, link.source, &link.name, target, input.estate) {
                Truth::Yes => {}
                Truth::No => {
                    let word = relation.word();
                    return Said::Wrong(format!("{title} is in another {word}"), None, Truth::Yes);
                }
                Truth::Unknown => {
                    open = Some(unknown(&format!("the {} of {title}", relation.word())))
                }
            }
        }
        if self.asks_public() {
            match reach(&canonical(&link.name), &input.kept, input.estate) {
                Reach::Public { who, place, sure } => {
                    return Said::Wrong(
                        format!("{who} reaches {title}"),
                        Some(place.clone()),
                        sure,
                    );
                }
                Reach::Nobody => {}
                Reach::Unknown => open = Some(unknown(&format!("who reaches {title}"))),
            }
        }
        match target {
            Some(target) => {
                for clause in &self.expect {
                    match clause.holds(target, input.bench.now) {
                        Truth::Yes => {}
                        Truth::No => {
                            let place = clause.evidence(target).clone();
                            return Said::Wrong(clause.shown(target), Some(place), Truth::Yes);
                        }
                        Truth::Unknown => {
                            open = Some(unknown(&format!("some settings of {title}")))
                        }
                    }
                }
                open.unwrap_or(Said::Pass)
            }
            None if self.expect.is_empty() && self.with.missing != Missing::Fail => {
                open.unwrap_or(Said::Pass)
            }
            None => match self.with.missing {
                Missing::Pass => open.unwrap_or(Said::Pass),
                Missing::Fail
                    if link
                        .source
                        .owner()
                        .is_some_and(|owner| input.estate.covers(&input.coverage, &owner)) =>
                {
                    Said::Wrong(format!("{title} is not there"), None, Truth::Unknown)
                }
                Missing::Unknown | Missing::Fail => unknown(&title),
            },
        }
    }

    /// Whether the target is in one of the projects, by its name or, for a bucket, by its ancestors.
    fn in_projects(
        &self,
        globs: &GlobSet,
        link: &Followed<'_>,
        target: Option<&Record>,
        estate: &Estate,
    ) -> Option<bool> {
        let named = project_of(&link.name).map(|project| format!("projects/{project}"));
        let owner = target.and_then(Record::owner).map(String::from);
        let project = named.or(owner)?;
        let spellings = [Some(project.as_str()), estate.alias(&project)];
        let mut ids = spellings
            .into_iter()
            .flatten()
            .filter_map(|node| node.strip_prefix("projects/"));
        Some(ids.any(|id| globs.is_match(id)))
    }
}

fn unknown(subject: &str) -> Said {
    Said::Unknown(GapReason::ContentMissing, subject.to_owned())
}
