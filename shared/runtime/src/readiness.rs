//! The stores that a function needs, and how they are opened before the first request.

use std::time::Duration;

use domain::Problem;
use futures::future::{BoxFuture, join_all};

use crate::with_timeout;

/// The longest that a start waits for its stores: with the smallest CPU share several TLS
/// handshakes take a second, and Lambda gives a start ten, secrets included.
const OPEN_TIMEOUT: Duration = Duration::from_secs(3);

/// A store's name and its ping.
pub type StoreCheck = (&'static str, BoxFuture<'static, Result<(), Problem>>);

/// What a function needs to work.
pub trait ReadinessChecks: Clone + Send + Sync + 'static {
    /// Each store it uses.
    fn readiness_checks(&self) -> Vec<StoreCheck>;

    /// What is opened before the first request: the stores and, if there is more, whatever the
    /// function sends to but does not depend on.
    fn startup_checks(&self) -> Vec<StoreCheck> {
        self.readiness_checks()
    }
}

/// Opens the connections of a starting function in parallel, so that its first request finds them
/// open: Lambda gives a start more CPU than a request, and bills neither handshake twice.
///
/// Never fails: a request that needs an unavailable store tries it again, and responds 503.
pub async fn open_stores(app: &impl ReadinessChecks) {
    let open = async |(store, check): StoreCheck| match with_timeout(OPEN_TIMEOUT, check).await {
        Ok(Ok(())) => {}
        Ok(Err(problem)) => tracing::warn!(store, %problem, "A store could not be opened at startup."),
        Err(late) => tracing::warn!(store, problem = %late, "A store could not be opened at startup."),
    };
    join_all(app.startup_checks().into_iter().map(open)).await;
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use tokio::sync::Barrier;

    use super::*;

    #[derive(Clone)]
    struct App {
        opened: Arc<AtomicBool>,
    }

    impl ReadinessChecks for App {
        fn readiness_checks(&self) -> Vec<StoreCheck> {
            let (opened, both) = (self.opened.clone(), Arc::new(Barrier::new(2)));
            let other = both.clone();
            vec![
                ("away", Box::pin(async { Err(Problem::unavailable("nobody there")) })),
                // Neither ends before the other has begun.
                (
                    "first",
                    Box::pin(async move {
                        both.wait().await;
                        Ok(())
                    }),
                ),
                (
                    "second",
                    Box::pin(async move {
                        other.wait().await;
                        opened.store(true, Ordering::Relaxed);
                        Ok(())
                    }),
                ),
            ]
        }
    }

    #[tokio::test]
    async fn stores_are_opened_concurrently_and_an_unreachable_one_is_skipped() {
        let app = App { opened: Arc::default() };
        open_stores(&app).await;
        assert!(app.opened.load(Ordering::Relaxed));
    }

    #[tokio::test]
    async fn a_store_that_does_not_answer_does_not_block_the_start() {
        #[derive(Clone)]
        struct Silent;
        impl ReadinessChecks for Silent {
            fn readiness_checks(&self) -> Vec<StoreCheck> {
                vec![("silent", Box::pin(std::future::pending()))]
            }
        }
        open_stores(&Silent).await;
    }
}
