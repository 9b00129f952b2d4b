//! The order to stop, as every task of the shop receives it.

use tokio::sync::watch;

/// Gives the order. Dropped, it gives it as well.
pub(crate) struct ShutdownTrigger(watch::Sender<bool>);

/// Receives it.
#[derive(Clone)]
pub(crate) struct ShutdownSignal(watch::Receiver<bool>);

pub(crate) fn channel() -> (ShutdownTrigger, ShutdownSignal) {
    let (order, stop) = watch::channel(false);
    (ShutdownTrigger(order), ShutdownSignal(stop))
}

impl ShutdownTrigger {
    pub(crate) fn trigger(&self) {
        self.0.send_replace(true);
    }
}

impl ShutdownSignal {
    /// Resolves once the order is given, also when it was given before.
    pub(crate) async fn triggered(&mut self) {
        let _ = self.0.wait_for(|stopped| *stopped).await;
    }
}
