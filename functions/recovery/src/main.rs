//! Serves recovery under Lambda, where a schedule calls it.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use runtime::{Clock, Vars, telemetry};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let vars = Vars::from_env();
    telemetry::init(&vars);
    let app = recovery::App::read(&vars, &Clock::system())?;
    let run = |_: LambdaEvent<Value>| async {
        let done = recovery::run(&app).await?;
        Ok::<_, Error>(
            json!({"orders": done.orders, "refunds": done.refunds, "expired": done.expired, "events": done.events,
                "notifications": done.notifications, "failures": done.failures}),
        )
    };
    lambda_runtime::run(service_fn(run)).await
}
