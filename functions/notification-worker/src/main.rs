//! notification-worker under Lambda.

use notification_worker::{App, handle};
use runtime::{Clock, Vars, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let (vars, clock) = (Vars::from_env().with_secrets().await?, Clock::system());
    telemetry::init(&vars);
    let app = App::read(&vars, &clock)?;
    runtime::open(&app).await;
    worker::serve(clock, async |batch, left| handle(&app, batch, left).await).await
}
