//! The migrations under Lambda: a custom resource of the stack, or invoked manually.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use runtime::{Clock, Env, telemetry};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (env, clock) = (Env::from_env(), Clock::system());
    telemetry::init(&env);
    let one = async |event: LambdaEvent<Value>| {
        migrations::handle(&env, event.payload, runtime::remaining_time(event.context.deadline, &clock)).await
    };
    lambda_runtime::run(service_fn(one)).await
}
