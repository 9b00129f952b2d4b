//! The products function under Lambda.

use products::{App, router};
use runtime::{Clock, Vars, telemetry};
use web::Door;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let (vars, clock) = (Vars::from_env().with_secrets().await?, Clock::system());
    telemetry::init(&vars);
    let app = App::read(&vars, &clock)?;
    runtime::open(&app).await;
    web::serve(router(app, &Door::read(&vars, clock)?)).await
}
