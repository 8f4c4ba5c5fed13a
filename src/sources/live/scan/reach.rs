//! The way to the APIs that all parts of a scan share: so many calls at once, and an end when it is cancelled.

use super::super::client::{Client, Request};
use super::super::{Trouble, TroubleKind};
use serde_json::Value;
use std::future::Future;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// The way to the APIs. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Reach {
    pub(super) client: Client,
    slots: Arc<Semaphore>,
}

impl Reach {
    /// At most `width` calls are under way at once.
    pub(super) fn new(client: Client, width: usize) -> Reach {
        Reach {
            client,
            slots: Arc::new(Semaphore::new(width.max(1))),
        }
    }

    /// One answer.
    pub(super) async fn call(&self, request: &Request) -> Result<Value, Trouble> {
        self.run(request.service, self.client.call(request)).await
    }

    /// Every page of a list; those before the trouble have been given to `each`.
    pub(super) async fn pages(
        &self,
        request: &Request,
        each: impl FnMut(Value) + Send,
    ) -> Result<(), Trouble> {
        self.run(request.service, self.client.pages(request, each))
            .await
    }

    /// Runs `work` when there is room for it, unless the scan is cancelled.
    pub(super) async fn run<T>(
        &self,
        service: &str,
        work: impl Future<Output = Result<T, Trouble>>,
    ) -> Result<T, Trouble> {
        let stop = self.client.stop();
        let guarded = async {
            // It is never closed.
            let _slot = self.slots.acquire().await;
            work.await
        };
        tokio::select! {
            biased;
            () = stop.stopped() => Err(cancelled(service)),
            result = guarded => result,
        }
    }
}

/// What a call leaves that is not made any more.
pub(super) fn cancelled(service: &str) -> Trouble {
    Trouble::new(TroubleKind::Cancelled, service, "the run was cancelled")
}

/// Does `work` for each item, `width` at a time; the results come in the order of the items.
///
/// A panic of `work` is passed on.
pub(super) async fn in_order<T, R, W>(
    items: impl IntoIterator<Item = T>,
    width: usize,
    work: impl Fn(T) -> W,
) -> Vec<R>
where
    R: Send + 'static,
    W: Future<Output = R> + Send + 'static,
{
    let mut results = Vec::new();
    let mut running = JoinSet::new();
    let mut items = items.into_iter().enumerate();
    loop {
        while running.len() < width.max(1) {
            let Some((at, item)) = items.next() else {
                break;
            };
            results.push(None);
            let work = work(item);
            running.spawn(async move { (at, work.await) });
        }
        match running.join_next().await {
            Some(Ok((at, result))) => results[at] = Some(result),
            Some(Err(error)) => {
                if let Ok(panic) = error.try_into_panic() {
                    std::panic::resume_unwind(panic);
                }
            }
            None => break,
        }
    }
    results.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::in_order;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    #[tokio::test]
    async fn results_come_in_order_and_few_run_at_once() {
        let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let results = in_order(0..20u64, 4, |item| {
            let (running, most) = (Arc::clone(&running), Arc::clone(&most));
            async move {
                most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(20 - item)).await;
                running.fetch_sub(1, Ordering::SeqCst);
                item
            }
        })
        .await;
        assert_eq!(results, (0..20).collect::<Vec<_>>());
        assert_eq!(most.load(Ordering::SeqCst), 4);
    }
}
