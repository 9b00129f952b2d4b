//! Recovery, each minute: finishes or undoes half-done checkouts and refunds, releases holds that
//! outlived their time, publishes what was left in an outbox. Safe to run twice at once.

use checkout::{Checkout, IDLE_SECONDS, Recovered};
use domain::Result;
use runtime::{Clock, Missing, Vars};

/// What recovery works with. Connects on first use.
#[derive(Clone)]
pub struct App {
    checkout: Checkout,
}

impl App {
    /// Reads the configuration.
    ///
    /// # Errors
    /// When a variable is missing; the error names it.
    pub fn read(vars: &Vars, clock: &Clock) -> Result<Self, Missing> {
        Ok(Self { checkout: Checkout::read(vars, clock)? })
    }
}

/// One run, over whatever nobody has moved for [`IDLE_SECONDS`].
///
/// # Errors
/// When a store cannot be asked; the next run tries again.
pub async fn run(app: &App) -> Result<Recovered> {
    run_idle_for(app, IDLE_SECONDS).await
}

/// One run, over whatever nobody has moved for so many seconds: tests do not wait.
///
/// # Errors
/// As [`run`].
pub async fn run_idle_for(app: &App, idle_seconds: f64) -> Result<Recovered> {
    let done = app.checkout.recover(idle_seconds).await?;
    if done != Recovered::default() {
        tracing::info!(?done, "Recovery found something to do.");
    }
    Ok(done)
}
