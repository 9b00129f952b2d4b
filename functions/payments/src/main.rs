//! Serves the payments group under Lambda.

use runtime::{Clock, Vars, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let (vars, clock) = (Vars::from_env().with_secrets().await?, Clock::system());
    telemetry::init(&vars);
    let app = payments::App::read(&vars, &clock)?;
    runtime::open(&app).await;
    web::serve(payments::router(app, &web::Door::read(&vars, clock)?)).await
}
