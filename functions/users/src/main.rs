//! The users function.

use runtime::{Clock, Env, telemetry};
use users::{App, router};
use web::{HttpStack, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let env = Env::from_env().resolve_secrets().await?;
    telemetry::init(&env);
    let clock = Clock::system();
    let app = App::from_env(&env, &clock)?;
    runtime::open_stores(&app).await;
    serve(router(app, &HttpStack::from_env(&env, clock)?)).await
}
