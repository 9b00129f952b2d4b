//! The users function.

use runtime::{Clock, Vars, telemetry};
use users::{App, router};
use web::{Door, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let vars = Vars::from_env().with_secrets().await?;
    telemetry::init(&vars);
    let clock = Clock::system();
    let app = App::read(&vars, &clock)?;
    runtime::open(&app).await;
    serve(router(app, &Door::read(&vars, clock)?)).await
}
