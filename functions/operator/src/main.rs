//! Serves the operator's commands under Lambda. It has no HTTP event source: only those who may
//! invoke it can call it.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use runtime::{Clock, Env, RequestContext, Trace, metrics, telemetry};
use serde_json::Value;
use tracing::Instrument;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (env, clock) = (Env::from_env().resolve_secrets().await?, Clock::system());
    telemetry::init(&env);
    let app = operator::App::from_env(&env, &clock)?;
    runtime::open_stores(&app).await;
    let run = async |event: LambdaEvent<Value>| {
        let (command, context) = event.into_parts();
        let left = runtime::remaining_time(context.deadline, &clock);
        let trace = context.xray_trace_id.as_deref().and_then(Trace::parse);
        let span = telemetry::request_span(&context.request_id, trace.as_ref());
        let call = RequestContext::new(context.request_id, left).with_trace(trace);
        let done = call.scope(operator::handle(&app, command)).instrument(span).await;
        metrics::flush(clock.now());
        Ok::<_, Error>(done?)
    };
    lambda_runtime::run(service_fn(run)).await
}
