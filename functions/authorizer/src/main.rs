//! The gate of the HTTP API under Lambda.

use authorizer::{App, Request, admit};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use runtime::{Vars, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let vars = Vars::from_env();
    telemetry::init(&vars);
    let app = App::read(&vars)?;
    let one = async |event: LambdaEvent<Request>| Ok::<_, Error>(admit(&app, &event.payload));
    lambda_runtime::run(service_fn(one)).await
}
