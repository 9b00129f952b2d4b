//! Serves recovery under Lambda, where a schedule calls it.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use runtime::{Clock, Env, RequestContext, Trace, metrics, telemetry};
use serde_json::{Value, json};
use tracing::Instrument;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (env, clock) = (Env::from_env().resolve_secrets().await?, Clock::system());
    telemetry::init(&env);
    let app = recovery::App::from_env(&env, &clock)?;
    runtime::open_stores(&app).await;
    let run = async |event: LambdaEvent<Value>| {
        let context = event.context;
        let remaining_time = runtime::remaining_time(context.deadline, &clock);
        let trace = context.xray_trace_id.as_deref().and_then(Trace::parse);
        let span = telemetry::request_span(&context.request_id, trace.as_ref());
        let request = RequestContext::new(context.request_id, remaining_time).with_trace(trace);
        let done = request.scope(recovery::run(&app)).instrument(span).await;
        metrics::flush(clock.now());
        let done = done?;
        Ok::<_, Error>(
            json!({"orders": done.orders, "refunds": done.refunds, "expired": done.expired_reservations, "events": done.events,
                "notifications": done.notifications, "failures": done.failures, "stuck": done.stuck}),
        )
    };
    lambda_runtime::run(service_fn(run)).await
}
