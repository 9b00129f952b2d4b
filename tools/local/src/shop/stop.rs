//! The order to stop, as every task of the shop receives it.

use tokio::sync::watch;

/// Gives the order. Dropped, it gives it as well.
pub(crate) struct Order(watch::Sender<bool>);

/// Receives it.
#[derive(Clone)]
pub(crate) struct Stop(watch::Receiver<bool>);

pub(crate) fn channel() -> (Order, Stop) {
    let (order, stop) = watch::channel(false);
    (Order(order), Stop(stop))
}

impl Order {
    pub(crate) fn give(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// Resolves once the order is given, also when it was given before.
    pub(crate) async fn stopped(&mut self) {
        let _ = self.0.wait_for(|stopped| *stopped).await;
    }
}
