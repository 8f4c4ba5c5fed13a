//! REST calls to Google's APIs: budgets, retries with jitter, time-outs, a circuit for each API, cancellation.
//!
//! * [`Request`]: one call, and where it goes.
//! * `transport`: one attempt.
//! * `answer`: what came of it.
//! * `retry`: whether and when there is another one.
//! * `budget` and `circuit`: what keeps an attempt from being made.

mod answer;
mod budget;
mod circuit;
mod options;
mod request;
mod retry;
mod stop;
mod transport;

pub use options::{Backoff, Options};
pub use request::{Request, endpoint, is_private};
pub use stop::Stop;
pub use transport::tls;

pub(super) use transport::{Failed, http};

use super::credentials::{Held, Tokens};
use super::{Trouble, TroubleKind};
use ::http::{HeaderMap, Method};
use budget::Budgets;
use circuit::Circuits;
use serde_json::Value;
use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use transport::attempt;

/// Makes calls. Cheap to clone; all clones share budgets, circuits and counters.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

struct Shared {
    http: reqwest::Client,
    options: Options,
    tokens: Arc<Tokens>,
    budgets: Budgets,
    circuits: Circuits,
    stop: Stop,
    /// When everything must be done.
    end: Option<Instant>,
    counts: Mutex<BTreeMap<&'static str, Count>>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Count {
    requests: u64,
    bytes: u64,
}

/// Nothing of tokens.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("options", &self.shared.options)
            .field("counts", &*self.counts())
            .finish_non_exhaustive()
    }
}

impl Client {
    /// A client that asks as `tokens` say.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn new(options: Options, tokens: Arc<Tokens>) -> Result<Client, Trouble> {
        let end = options.total_timeout;
        Ok(Client {
            shared: Arc::new(Shared {
                http: http(&options)?,
                budgets: Budgets::new(options.minute),
                circuits: Circuits::new(options.give_up_after),
                stop: Stop::default(),
                end: end.and_then(|total| Instant::now().checked_add(total)),
                counts: Mutex::default(),
                options,
                tokens,
            }),
        })
    }

    fn counts(&self) -> MutexGuard<'_, BTreeMap<&'static str, Count>> {
        // What is inside is whole after every statement.
        let counts = self.shared.counts.lock();
        counts.unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, service: &'static str, requests: u64, bytes: usize) {
        let mut counts = self.counts();
        let count = counts.entry(service).or_default();
        count.requests += requests;
        count.bytes += bytes as u64;
    }

    /// Requests sent so far, retries included.
    pub fn requests(&self) -> u64 {
        self.counts().values().map(|count| count.requests).sum()
    }

    /// Requests sent so far by service, retries included.
    pub fn requests_by_service(&self) -> BTreeMap<&'static str, u64> {
        let counts = self.counts();
        let each = counts
            .iter()
            .map(|(service, count)| (*service, count.requests));
        each.collect()
    }

    /// Bytes of all answers so far, decompressed, without headers.
    pub fn bytes(&self) -> u64 {
        self.counts().values().map(|count| count.bytes).sum()
    }

    /// How it asks.
    pub fn options(&self) -> &Options {
        &self.shared.options
    }

    /// Who asks.
    pub fn tokens(&self) -> &Arc<Tokens> {
        &self.shared.tokens
    }

    /// The handle that ends all calls, those that run and those to come.
    pub fn stop(&self) -> Stop {
        self.shared.stop.clone()
    }

    /// One answer: always a JSON object.
    ///
    /// # Errors
    /// What is left when retries did not help.
    pub async fn call(&self, request: &Request) -> Result<Value, Trouble> {
        self.ask(request, request.method()).await
    }

    /// The same by PATCH: the only thing that leastwise changes are its own findings in Security Command Center.
    ///
    /// # Errors
    /// What is left when retries did not help.
    pub async fn patch(&self, request: &Request) -> Result<Value, Trouble> {
        self.ask(request, Method::PATCH).await
    }

    async fn ask(&self, request: &Request, method: Method) -> Result<Value, Trouble> {
        let once = |held: Held| self.once(request, method.clone(), held.headers);
        self.repeat(request.service, request.budget, once).await
    }

    /// One answer of a call by whatever means: `once` makes an attempt, with the token that it is given. All the rules
    /// of REST calls hold: budgets, retries, time-outs, circuit, cancellation.
    ///
    /// # Errors
    /// What is left when retries did not help.
    pub(super) async fn repeat<T, F>(
        &self,
        service: &'static str,
        budget: Option<(&'static str, u32)>,
        once: impl Fn(Held) -> F + Send + Sync,
    ) -> Result<T, Trouble>
    where
        T: Send,
        F: Future<Output = Result<T, Failed>> + Send,
    {
        let trouble = |kind, message: &str| Trouble::new(kind, service, message);
        if self.shared.options.offline {
            let message = "not asked: `--offline`";
            return Err(trouble(TroubleKind::Offline, message));
        }
        let over = async {
            match self.shared.end {
                Some(end) => tokio::time::sleep_until(end.into()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = self.shared.stop.stopped() => Err(trouble(TroubleKind::Cancelled, "the run was cancelled")),
            () = over => Err(trouble(TroubleKind::Cancelled, "the time for the whole run is over")),
            answer = self.attempts(service, budget, &once) => answer,
        }
    }

    /// Attempts until one succeeds or another would not help.
    async fn attempts<T, F>(
        &self,
        service: &'static str,
        budget: Option<(&'static str, u32)>,
        once: &(impl Fn(Held) -> F + Sync),
    ) -> Result<T, Trouble>
    where
        T: Send,
        F: Future<Output = Result<T, Failed>> + Send,
    {
        let Shared {
            options, circuits, ..
        } = &*self.shared;
        let begin = Instant::now();
        let mut waited = Duration::ZERO;
        let (mut number, mut malformed, mut renewed) = (0, 0, false);
        loop {
            self.may_ask(service, number)?;
            let before = Instant::now();
            self.shared.budgets.wait(service, budget).await;
            waited += before.elapsed();
            self.may_ask(service, number)?;

            number += 1;
            let left = (options.call_timeout + waited).saturating_sub(begin.elapsed());
            let mut held = None;
            let attempt = tokio::time::timeout(left, async {
                let current = self.held(service).await?;
                held = Some(current.clone());
                self.count(service, 1, 0);
                once(current).await
            });
            let mut failed = match attempt.await {
                Ok(Ok(answer)) => {
                    circuits.answered(service);
                    return Ok(answer);
                }
                Ok(Err(failed)) => failed,
                Err(_) => {
                    let message = format!("no answer within {:?}", options.call_timeout);
                    Trouble::new(TroubleKind::TimedOut, service, &message).into()
                }
            };
            if let (Some(401), Some(refused), false) = (failed.trouble.status, &held, renewed) {
                // It may have been revoked, or a clock be wrong: once more with a new one.
                renewed = true;
                if self.shared.tokens.renewed(refused).await {
                    number -= 1;
                    continue;
                }
            }
            failed.trouble.attempts = number;
            let kind = failed.trouble.kind;
            malformed += u32::from(kind == TroubleKind::Malformed);
            let pause = self.pause(service, budget, &failed, number, malformed);
            let left = (options.call_timeout + waited).saturating_sub(begin.elapsed());
            match pause {
                Some(pause) if pause < left => tokio::time::sleep(pause).await,
                _ => {
                    match circuit::counts(kind) {
                        true => circuits.failed(service, kind, &failed.trouble.message),
                        false => circuits.answered(service),
                    }
                    return Err(*failed.trouble);
                }
            }
        }
    }

    /// The token of an attempt.
    async fn held(&self, service: &str) -> Result<Held, Failed> {
        let held = self.shared.tokens.held().await;
        held.map_err(|mut trouble| {
            service.clone_into(&mut trouble.service);
            trouble.into()
        })
    }

    /// Nothing more is asked of an API that is down.
    fn may_ask(&self, service: &str, number: u32) -> Result<(), Trouble> {
        let Some(why) = self.shared.circuits.open(service) else {
            return Ok(());
        };
        let mut trouble = Trouble::new(TroubleKind::GivenUp, service, &why);
        trouble.attempts = number;
        Err(trouble)
    }

    /// How long to wait after a failure; `None`: no more attempts.
    fn pause(
        &self,
        service: &str,
        budget: Option<(&str, u32)>,
        failed: &Failed,
        number: u32,
        malformed: u32,
    ) -> Option<Duration> {
        let options = &self.shared.options;
        let kind = failed.trouble.kind;
        let attempt = retry::Attempt {
            kind,
            number,
            malformed,
            retry_after: failed.retry_after,
            period: failed.period,
        };
        let pause = retry::wait(attempt, options.attempts, options.backoff, retry::chance());
        if kind == TroubleKind::Quota {
            // The others need not find out one by one.
            let wish = failed.retry_after;
            let until = wish.and_then(|wish| Instant::now().checked_add(wish));
            let budgets = &self.shared.budgets;
            budgets.refused(service, budget, until, failed.rate);
        }
        pause
    }

    /// One attempt with the headers of a token.
    async fn once(
        &self,
        request: &Request,
        method: Method,
        headers: HeaderMap,
    ) -> Result<Value, Failed> {
        let (http, options) = (&self.shared.http, &self.shared.options);
        let (answer, bytes) = attempt(http, options, request, &method, headers).await;
        self.count(request.service, 0, bytes);
        answer
    }

    /// Every page of a list, in order. Pages that came before the trouble have been given to `each`.
    ///
    /// # Errors
    /// What is left when retries did not help; [`TroubleKind::PageLost`] if a token was refused or came twice.
    pub async fn pages(
        &self,
        request: &Request,
        mut each: impl FnMut(Value) + Send,
    ) -> Result<(), Trouble> {
        let mut request = request.clone();
        let mut seen: HashSet<String> = HashSet::new();
        loop {
            let page = self.call(&request).await.map_err(|trouble| {
                // A token is all that a later page has more than the first.
                let refused = !seen.is_empty()
                    && (trouble.status == Some(410)
                        || (trouble.status == Some(400) && trouble.kind == TroubleKind::Rejected));
                match refused {
                    true => lost(trouble, seen.len()),
                    false => trouble,
                }
            })?;
            let next = match page.get("nextPageToken") {
                None | Some(Value::Null) => None,
                Some(Value::String(token)) if token.is_empty() => None,
                Some(Value::String(token)) => Some(token.clone()),
                Some(_) => {
                    let message = "the next page's token is no text";
                    let trouble = Trouble::new(TroubleKind::PageLost, request.service, message);
                    each(page);
                    return Err(trouble);
                }
            };
            each(page);
            let Some(token) = next else { return Ok(()) };
            if seen.contains(&token) {
                let message = "the API named the same next page twice";
                let trouble = Trouble::new(TroubleKind::PageLost, request.service, message);
                return Err(lost(trouble, seen.len() + 1));
            }
            request.turn(&token);
            seen.insert(token);
        }
    }
}

/// The rest of a list does not come.
pub(super) fn lost(mut trouble: Trouble, pages: usize) -> Trouble {
    trouble.kind = TroubleKind::PageLost;
    let pages = match pages {
        1 => "1 page".to_owned(),
        pages => format!("{pages} pages"),
    };
    trouble.message = format!("the list ends after {pages}: {}", trouble.message);
    trouble
}
