//! The handle that ends all calls of a client.

use std::sync::Arc;
use tokio::sync::watch;

/// Ends all calls of a client, those that run and those to come. Clones are the same handle.
#[derive(Debug, Clone)]
pub struct Stop {
    told: Arc<watch::Sender<bool>>,
}

impl Default for Stop {
    fn default() -> Stop {
        Stop {
            told: Arc::new(watch::Sender::new(false)),
        }
    }
}

impl Stop {
    /// Stops. It cannot be undone.
    pub fn stop(&self) {
        self.told.send_replace(true);
    }

    /// Whether it was stopped.
    pub fn is_stopped(&self) -> bool {
        *self.told.borrow()
    }

    /// Waits until it is stopped.
    pub async fn stopped(&self) {
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = self.told.subscribe().wait_for(|stopped| *stopped).await;
    }
}
