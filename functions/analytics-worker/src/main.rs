//! Serves the analytics queue under Lambda.

use analytics_worker::{App, handle};
use runtime::{Clock, Vars, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let (vars, clock) = (Vars::from_env().with_secrets().await?, Clock::system());
    telemetry::init(&vars);
    let app = App::read(&vars, &clock)?;
    runtime::open(&app).await;
    worker::serve(clock, |batch, left| handle(&app, batch, left)).await
}
