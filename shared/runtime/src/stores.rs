//! What a function needs to be of use, and how it is opened before the first request.

use std::time::Duration;

use domain::Problem;
use futures::future::{BoxFuture, join_all};

use crate::within;

/// The longest that a start waits for its stores: at the smallest share of a processor several TLS
/// handshakes take a second, and Lambda gives a start ten, secrets included.
const OPENING: Duration = Duration::from_secs(3);

/// A store's name and how to ask it for a sign of life.
pub type Check = (&'static str, BoxFuture<'static, Result<(), Problem>>);

/// What a function needs to be of use.
pub trait Ready: Clone + Send + Sync + 'static {
    /// Each store it uses.
    fn checks(&self) -> Vec<Check>;

    /// What is opened before the first request: the stores, and where it is more, what it sends to
    /// without being of no use otherwise.
    fn opened_at_start(&self) -> Vec<Check> {
        self.checks()
    }
}

/// Opens the connections of a function that starts, all side by side, so that its first request finds
/// them: Lambda gives a start more of a processor than a request, and bills neither handshake twice.
///
/// Never fails: whoever needs a store that is away now asks it again, and answers 503.
pub async fn open(app: &impl Ready) {
    let open = async |(store, check): Check| match within(OPENING, check).await {
        Ok(Ok(())) => {}
        Ok(Err(problem)) => tracing::warn!(store, %problem, "A store could not be opened at start."),
        Err(late) => tracing::warn!(store, problem = %late, "A store could not be opened at start."),
    };
    join_all(app.opened_at_start().into_iter().map(open)).await;
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

    impl Ready for App {
        fn checks(&self) -> Vec<Check> {
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
    async fn stores_are_opened_side_by_side_and_one_that_is_away_stops_nobody() {
        let app = App { opened: Arc::default() };
        open(&app).await;
        assert!(app.opened.load(Ordering::Relaxed));
    }

    #[tokio::test]
    async fn a_store_that_says_nothing_does_not_keep_a_function_from_starting() {
        #[derive(Clone)]
        struct Silent;
        impl Ready for Silent {
            fn checks(&self) -> Vec<Check> {
                vec![("silent", Box::pin(std::future::pending()))]
            }
        }
        open(&Silent).await;
    }
}
