//! The authorizer of the HTTP API under Lambda.

use authorizer::{App, AuthorizerRequest, handle};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use runtime::{Clock, Env, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (env, clock) = (Env::from_env(), Clock::system());
    telemetry::init(&env);
    let app = App::from_env(&env)?;
    let one = async |event: LambdaEvent<AuthorizerRequest>| Ok::<_, Error>(handle(&app, &event.payload, &clock).await);
    lambda_runtime::run(service_fn(one)).await
}
