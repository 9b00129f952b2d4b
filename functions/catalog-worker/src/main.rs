//! The catalog worker under Lambda.

use catalog_worker::{App, handle};
use runtime::{Clock, Env, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let (env, clock) = (Env::from_env().resolve_secrets().await?, Clock::system());
    telemetry::init(&env);
    let app = App::from_env(&env, &clock)?;
    runtime::open_stores(&app).await;
    worker::serve(clock, |batch, remaining_time| handle(&app, batch, remaining_time)).await
}
