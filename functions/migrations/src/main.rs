//! The migrations under Lambda: a custom resource of the stack, or invoked by hand.

use std::time::Duration;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use runtime::{Clock, Vars, telemetry};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (vars, clock) = (Vars::from_env(), Clock::system());
    telemetry::init(&vars);
    let one = async |event: LambdaEvent<Value>| {
        let left = event.context.deadline.saturating_sub(clock.now().millis().unsigned_abs());
        migrations::handle(&vars, event.payload, Duration::from_millis(left)).await
    };
    lambda_runtime::run(service_fn(one)).await
}
