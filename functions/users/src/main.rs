//! The users function.

use runtime::{Clock, Env, telemetry};
use users::{App, router};
use web::{HttpStack, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let vars = Env::from_env().resolve_secrets().await?;
    telemetry::init(&vars);
    let clock = Clock::system();
    let app = App::from_env(&vars, &clock)?;
    runtime::open_stores(&app).await;
    serve(router(app, &HttpStack::from_env(&vars, clock)?)).await
}
