//! Serves recovery under Lambda, where a schedule calls it.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use runtime::{Call, Clock, Trace, Vars, metrics, telemetry};
use serde_json::{Value, json};
use tracing::Instrument;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (vars, clock) = (Vars::from_env().with_secrets().await?, Clock::system());
    telemetry::init(&vars);
    let app = recovery::App::read(&vars, &clock)?;
    runtime::open(&app).await;
    let run = async |event: LambdaEvent<Value>| {
        let context = event.context;
        let left = runtime::time_left(context.deadline, &clock);
        let trace = context.xray_trace_id.as_deref().and_then(Trace::parse);
        let span = telemetry::request_span(&context.request_id, trace.as_ref());
        let call = Call::new(context.request_id, left).traced(trace);
        let done = call.serve(recovery::run(&app)).instrument(span).await;
        metrics::flush(clock.now());
        let done = done?;
        Ok::<_, Error>(
            json!({"orders": done.orders, "refunds": done.refunds, "expired": done.expired, "events": done.events,
                "notifications": done.notifications, "failures": done.failures, "stuck": done.stuck}),
        )
    };
    lambda_runtime::run(service_fn(run)).await
}
