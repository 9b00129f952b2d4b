//! The consumers of the queues, each driven by a poller as Lambda drives it.

use domain::events::Queue;
use queue::provision::ProvisionedQueue;
use tokio::task::JoinSet;

use super::provision::sqs_client;
use super::wiring::{self, Workers};
use super::{poller, shutdown};

pub(super) async fn spawn_consumers(
    tasks: &mut JoinSet<&'static str>,
    workers: &Workers,
    queues: &[ProvisionedQueue],
    stop: &shutdown::ShutdownSignal,
) {
    let sqs = sqs_client();
    macro_rules! consume {
        ($queue:expr, $worker:ident, $app:expr) => {{
            let (app, url) = ($app.clone(), wiring::find_queue(queues, $queue).url.clone());
            let handle = move |batch, left| {
                let app = app.clone();
                async move { $worker::handle(&app, batch, left).await }
            };
            let poller = poller::run(sqs.clone(), url, stop.clone(), handle);
            tasks.spawn(async move {
                poller.await;
                stringify!($worker)
            });
        }};
    }
    consume!(Queue::Notification, notification_worker, workers.notification);
    consume!(Queue::Analytics, analytics_worker, workers.analytics);
    consume!(Queue::Catalog, catalog_worker, workers.catalog);
}
