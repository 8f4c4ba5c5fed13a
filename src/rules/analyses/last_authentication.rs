//! `last-authentication`: service accounts and keys that have not been used for long.
//!
//! ```toml
//! [analysis]
//! name = "last-authentication"
//! ask  = "account"                  # or "key"
//!
//! [analysis.with]
//! unused-for   = "90d"              # so many days without use are a finding
//! ended-within = "14d"              # the observation must have ended no longer ago
//! ```
//!
//! Activity Analyzer tells the day of the last use, and the days that it looked at, the last one included ("View recent
//! usage for service accounts and keys" in the Policy Intelligence documentation); where it saw no use, it leaves the
//! day of the last use out. What it did not look at is unknown: days before a period that is shorter than asked, and
//! those since a period that ended long ago. `{value}` of the message says since when, or in which days, there was no
//! use.

use super::verdicts::worded;
use super::{Bench, Refusal, Verdicts};
use crate::estate::{Datum, Estate, Record, Records};
use crate::model::GapReason;
use crate::rules::select::expect::days;
use jiff::Timestamp;
use rustc_hash::{FxHashMap, FxHashSet};
use schemars::JsonSchema;
use serde::Deserialize;

/// What `last-authentication` is told.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(rename = "LastAuthentication")]
pub(crate) struct With {
    /// So many days without use are too many.
    unused_for: String,
    /// How long ago the observation may have ended.
    ended_within: String,
}

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    /// Accounts.
    Account,
    /// Keys that people have the private half of.
    Key,
}

/// The analysis, ready to run.
#[derive(Debug)]
pub(crate) struct LastAuthentication {
    ask: Ask,
    /// In days, as is the next.
    unused_for: i64,
    ended_within: i64,
}

const ACTIVITY: &str = "policyanalyzer.googleapis.com/Activity";
const TYPE: &str = "$.resource.data.activityType";
const ABOUT: &str = "$.resource.data.fullResourceName";
const LAST: &str = "$.resource.data.activity.lastAuthenticatedTime";
const START: &str = "$.resource.data.observationPeriod.startTime";
const END: &str = "$.resource.data.observationPeriod.endTime";

const ACCOUNT: &str = "iam.googleapis.com/ServiceAccount";
const EMAIL: &str = "$.resource.data.email";
const DISABLED: &str = "$.resource.data.disabled";

const KEY: &str = "iam.googleapis.com/ServiceAccountKey";
const KEY_TYPE: &str = "$.resource.data.keyType";
const BORN: &str = "$.resource.data.validAfterTime";
const DIES: &str = "$.resource.data.validBeforeTime";

/// Credentials of an account whose use leaves no activity.
const UNSEEN: [(&str, &str, &str); 2] = [
    (
        "storage.googleapis.com/HmacKey",
        "$.resource.data.serviceAccountEmail",
        "$.resource.data.state",
    ),
    (
        "apikeys.googleapis.com/Key",
        "$.resource.data.serviceAccountEmail",
        "$.resource.data.deleteTime",
    ),
];

const SHORT: &str =
    "some activities cover fewer days than asked, and tell nothing of the days before";
const ENDED: &str = "some activities end long ago, and tell nothing of the days since; list them again with: gcloud \
                     policy-intelligence query-activity";
const BY_OTHER_KEYS: &str = "some service accounts have HMAC keys or API keys, and Activity Analyzer does not see their use";
const NO_KEYS: &str = "the input holds activities of keys, but not these keys, so who made them and when is not known; list \
                       them with: gcloud iam service-accounts keys list --iam-account=ACCOUNT --format=json";

/// What an activity says.
enum Use {
    Recent,
    /// Since when, or in which days, there was none.
    None(String),
    /// The input does not say, and why.
    Unseen(&'static str),
    /// A time is missing, or is none.
    NoTime(&'static str),
}

impl LastAuthentication {
    /// Checks what it is told.
    ///
    /// # Errors
    /// Something that is no number of days.
    pub(super) fn new(ask: Ask, with: &With) -> Result<LastAuthentication, Refusal> {
        let read = |key: &'static str, text: &str| {
            days(text).map_err(|message| Refusal::at(key, text, message))
        };
        Ok(LastAuthentication {
            ask,
            unused_for: read("unused-for", &with.unused_for)?,
            ended_within: read("ended-within", &with.ended_within)?,
        })
    }

    /// What must be known of which assets.
    pub(super) fn records(&self) -> Vec<(&str, &str)> {
        let activities = [TYPE, ABOUT, LAST, START, END].map(|path| (ACTIVITY, path));
        let mut records = activities.to_vec();
        match self.ask {
            Ask::Account => {
                records.extend([(ACCOUNT, EMAIL), (ACCOUNT, DISABLED)]);
                for (asset, of, state) in UNSEEN {
                    records.extend([(asset, of), (asset, state)]);
                }
            }
            Ask::Key => {
                records.extend([KEY_TYPE, DISABLED, BORN, DIES].map(|path| (KEY, path)));
            }
        }
        records
    }

    /// Answers for every account or key, and for those of which the input holds only the activity.
    pub(super) fn run(&self, bench: &Bench<'_>, estate: &Estate, verdicts: &mut Verdicts<'_>) {
        let activities = self.activities(estate);
        match self.ask {
            Ask::Account => self.accounts(&activities, bench.now, estate, verdicts),
            Ask::Key => self.keys(&activities, bench.now, estate, verdicts),
        }
    }

    /// The activities of the kind that is asked about.
    fn activities<'e>(&self, estate: &'e Estate) -> Vec<Activity<'e>> {
        let (kind, collection) = match self.ask {
            Ask::Account => ("serviceAccountLastAuthentication", "/serviceAccounts/"),
            Ask::Key => ("serviceAccountKeyLastAuthentication", "/keys/"),
        };
        let records = all(estate, ACTIVITY);
        let of_kind = records.filter(|record| text(record, TYPE) == Some(kind));
        let named = of_kind.filter_map(|record| {
            let name = text(record, ABOUT)?;
            let (_, id) = name.rsplit_once(collection)?;
            let id = id.to_lowercase();
            Some(Activity { record, name, id })
        });
        named.collect()
    }

    fn accounts(
        &self,
        activities: &[Activity<'_>],
        now: Timestamp,
        estate: &Estate,
        verdicts: &mut Verdicts<'_>,
    ) {
        let mut known: FxHashMap<String, &Record> = FxHashMap::default();
        let listed: FxHashSet<&str> = activities.iter().map(|one| one.id.as_str()).collect();
        for account in all(estate, ACCOUNT) {
            let Some(email) = text(account, EMAIL).map(str::to_lowercase) else {
                continue;
            };
            if listed.contains(email.as_str()) {
                known.entry(email).or_insert(account);
            } else if is_on(account, DISABLED) {
                verdicts.not_applicable();
            } else {
                self.missing(account, verdicts);
            }
        }
        let unseen = used_unseen(estate);
        for activity in activities {
            let account = known.get(&activity.id).copied();
            if account.is_some_and(|account| is_on(account, DISABLED)) {
                verdicts.not_applicable();
                continue;
            }
            let outcome = match self.observed(activity.record, now) {
                Use::None(_) if unseen.contains(&activity.id) => Use::Unseen(BY_OTHER_KEYS),
                outcome => outcome,
            };
            activity.answer(outcome, account, verdicts);
        }
    }

    fn keys(
        &self,
        activities: &[Activity<'_>],
        now: Timestamp,
        estate: &Estate,
        verdicts: &mut Verdicts<'_>,
    ) {
        let mut known: FxHashMap<String, &Record> = FxHashMap::default();
        let listed: FxHashSet<&str> = activities.iter().map(|one| one.id.as_str()).collect();
        for key in all(estate, KEY) {
            let Some((_, id)) = key.name.rsplit_once("/keys/") else {
                continue;
            };
            let id = id.to_lowercase();
            if listed.contains(id.as_str()) {
                known.entry(id).or_insert(key);
            } else if self.concerns(key, now) {
                self.missing(key, verdicts);
            } else {
                verdicts.not_applicable();
            }
        }
        for activity in activities {
            let key = known.get(&activity.id).copied();
            let outcome = match (key, self.observed(activity.record, now)) {
                (_, Use::Recent) => Use::Recent,
                (None, _) => Use::Unseen(NO_KEYS),
                (Some(key), _) if !self.concerns(key, now) => {
                    verdicts.not_applicable();
                    continue;
                }
                (Some(_), outcome) => outcome,
            };
            activity.answer(outcome, key, verdicts);
        }
    }

    /// Whether a key could be used by somebody, and is old enough to have been.
    fn concerns(&self, key: &Record, now: Timestamp) -> bool {
        let is_own = text(key, KEY_TYPE).is_none_or(|kind| kind == "USER_MANAGED");
        let is_over = time(key, DIES).is_some_and(|dies| dies < now);
        let is_young =
            time(key, BORN).is_some_and(|born| days_between(born, now) < self.unused_for);
        is_own && !is_over && !is_young && !is_on(key, DISABLED)
    }

    /// What `activity` says of the use of what it is about.
    fn observed(&self, activity: &Record, now: Timestamp) -> Use {
        let (Some(start), Some(end)) = (time(activity, START), time(activity, END)) else {
            return Use::NoTime("/resource/data/observationPeriod");
        };
        if days_between(now, end) > 1 {
            return Use::NoTime("/resource/data/observationPeriod/endTime");
        }
        let is_there = activity
            .field(LAST)
            .is_some_and(|field| !field.values.is_empty());
        let last = time(activity, LAST);
        if is_there && last.is_none() {
            return Use::NoTime("/resource/data/activity/lastAuthenticatedTime");
        }
        let is_old = days_between(end, now) > self.ended_within;
        match last {
            // Whatever came after the observation.
            Some(last) if days_between(last, now) < self.unused_for => Use::Recent,
            _ if is_old => Use::Unseen(ENDED),
            Some(last) if days_between(last, end) >= self.unused_for => {
                Use::None(format!("since {}", day(last)))
            }
            Some(_) => Use::Recent,
            None => match days_between(start, end) + 1 {
                seen if seen >= self.unused_for => {
                    Use::None(format!("in the {seen} days up to {}", day(end)))
                }
                _ => Use::Unseen(SHORT),
            },
        }
    }

    /// An account or a key of which the input holds no activity.
    fn missing(&self, record: &Record, verdicts: &mut Verdicts<'_>) {
        let (what, kind) = match self.ask {
            Ask::Account => ("service accounts", "serviceAccountLastAuthentication"),
            Ask::Key => ("keys", "serviceAccountKeyLastAuthentication"),
        };
        let sentence = format!(
            "the input does not say when some {what} were last used; ask with: gcloud policy-intelligence query-activity \
             --activity-type={kind} --project=PROJECT --format=json"
        );
        verdicts.unknown(
            GapReason::InputMissing,
            &sentence,
            &record.name,
            &record.evidence,
        );
    }
}

/// One activity.
struct Activity<'e> {
    record: &'e Record,
    /// Of the account or key.
    name: &'e str,
    /// The address of the account, or the id of the key, in lower case.
    id: String,
}

impl Activity<'_> {
    /// `about` is the account or key itself, whose name is then the one that other rules use.
    fn answer(&self, outcome: Use, about: Option<&Record>, verdicts: &mut Verdicts<'_>) {
        let name = about.map_or(self.name, |about| &about.name);
        let mut unknown = |reason, subject| {
            verdicts.unknown(reason, subject, name, &self.record.evidence);
        };
        match outcome {
            Use::Recent => verdicts.pass(),
            Use::Unseen(sentence) => unknown(GapReason::InputMissing, sentence),
            Use::NoTime(place) => unknown(GapReason::ValueUnknown, place),
            Use::None(words) => {
                let last = self.record.field(LAST);
                let last = last.and_then(|field| field.values.first());
                let evidence = last.map_or(&self.record.evidence, |point| &point.evidence);
                let finding = verdicts.finding(name, evidence, worded(&words));
                verdicts.fail([finding]);
            }
        }
    }
}

/// Addresses of accounts that have a credential whose use nobody sees.
fn used_unseen(estate: &Estate) -> FxHashSet<String> {
    let mut emails = FxHashSet::default();
    for (asset, of, state) in UNSEEN {
        for record in all(estate, asset) {
            // The state of an HMAC key, or the time at which an API key was deleted.
            let is_gone = text(record, state).is_some_and(|state| state != "ACTIVE");
            if !is_gone {
                emails.extend(text(record, of).map(str::to_lowercase));
            }
        }
    }
    emails
}

fn all<'e>(estate: &'e Estate, asset: &str) -> impl Iterator<Item = &'e Record> {
    estate.records(asset).into_iter().flat_map(Records::iter)
}

fn text<'r>(record: &'r Record, path: &str) -> Option<&'r str> {
    record.text(&[path]).map(|(text, _)| text)
}

fn time(record: &Record, path: &str) -> Option<Timestamp> {
    text(record, path)?.parse().ok()
}

fn is_on(record: &Record, path: &str) -> bool {
    let mut values = record
        .field(path)
        .into_iter()
        .flat_map(|field| &field.values);
    values.any(|point| point.value == Datum::Bool(true))
}

/// Whole days, rounded: the times are midnights in California, where not every day has 24 hours.
fn days_between(from: Timestamp, until: Timestamp) -> i64 {
    let hours = until.duration_since(from).as_hours();
    (hours + 12).div_euclid(24)
}

fn day(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d").to_string()
}
