//! The stop signal of the shop's tasks.

use tokio::sync::watch;

/// Sends the signal. Dropped, it sends it as well.
pub(crate) struct ShutdownTrigger(watch::Sender<bool>);

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
    /// Resolves once the signal is sent, also if it was sent before.
    pub(crate) async fn triggered(&mut self) {
        let _ = self.0.wait_for(|stopped| *stopped).await;
    }
}
