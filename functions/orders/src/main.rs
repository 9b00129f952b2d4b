//! Serves the orders group under Lambda.

use runtime::{Clock, Env, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let (env, clock) = (Env::from_env().resolve_secrets().await?, Clock::system());
    telemetry::init(&env);
    let app = orders::App::from_env(&env, &clock)?;
    runtime::open_stores(&app).await;
    web::serve(orders::router(app, &web::HttpStack::from_env(&env, clock)?)).await
}
