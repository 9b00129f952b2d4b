//! The wishlists function under Lambda.

use runtime::{Clock, Env, telemetry};
use web::HttpStack;
use wishlists::{App, router};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let (env, clock) = (Env::from_env().resolve_secrets().await?, Clock::system());
    telemetry::init(&env);
    let app = App::from_env(&env, &clock)?;
    runtime::open_stores(&app).await;
    web::serve(router(app, &HttpStack::from_env(&env, clock)?)).await
}
