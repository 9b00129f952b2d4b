//! The gate of the HTTP API under Lambda.

use authorizer::{App, Request, handle};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use runtime::{Clock, Vars, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (vars, clock) = (Vars::from_env(), Clock::system());
    telemetry::init(&vars);
    let app = App::read(&vars)?;
    let one = async |event: LambdaEvent<Request>| Ok::<_, Error>(handle(&app, &event.payload, &clock).await);
    lambda_runtime::run(service_fn(one)).await
}
