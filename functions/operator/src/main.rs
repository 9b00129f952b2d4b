//! Serves the operator's commands under Lambda. Nothing calls it but whoever may invoke it: it has
//! no front door.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use runtime::{Call, Clock, Trace, Vars, metrics, telemetry};
use serde_json::Value;
use tracing::Instrument;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (vars, clock) = (Vars::from_env().with_secrets().await?, Clock::system());
    telemetry::init(&vars);
    let app = operator::App::read(&vars, &clock)?;
    runtime::open(&app).await;
    let run = async |event: LambdaEvent<Value>| {
        let (command, context) = event.into_parts();
        let left = runtime::time_left(context.deadline, &clock);
        let trace = context.xray_trace_id.as_deref().and_then(Trace::parse);
        let span = telemetry::request_span(&context.request_id, trace.as_ref());
        let call = Call::new(context.request_id, left).traced(trace);
        let done = call.serve(operator::handle(&app, command)).instrument(span).await;
        metrics::flush(clock.now());
        Ok::<_, Error>(done?)
    };
    lambda_runtime::run(service_fn(run)).await
}
