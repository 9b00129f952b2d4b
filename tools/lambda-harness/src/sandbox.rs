//! One function's process, and the Runtime API that drives it: it requests the next event, responds
//! to it, and requests again.

use std::collections::HashMap;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use axum::Router;
use axum::extract::{Path as Params, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use runtime::Clock;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, oneshot};

use crate::cgroup::CpuShare;
use crate::process;

/// A function's timeout, as the template sets it for the slowest HTTP function.
const FUNCTION_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a function may take to request its first event, as in Lambda.
const INIT_TIMEOUT: Duration = Duration::from_secs(10);

/// The result of an invocation.
#[derive(Clone, Debug)]
pub struct InvocationOutput {
    pub payload: Bytes,
    /// From handing over the event to the response.
    pub duration: Duration,
}

impl InvocationOutput {
    /// The response as JSON.
    ///
    /// # Errors
    /// When it is none.
    pub fn json(&self) -> anyhow::Result<Value> {
        serde_json::from_slice(&self.payload).context("the response is not JSON")
    }
}

/// A function reported to the platform that it failed.
#[derive(Clone, Debug)]
pub struct FunctionError(pub String);

struct Invocation {
    event: Bytes,
    trace: String,
    reply: oneshot::Sender<Result<InvocationOutput, FunctionError>>,
}

struct PendingInvocation {
    started: Instant,
    reply: oneshot::Sender<Result<InvocationOutput, FunctionError>>,
}

struct RuntimeApi {
    invocations: tokio::sync::Mutex<mpsc::Receiver<Invocation>>,
    pending_invocations: Mutex<HashMap<String, PendingInvocation>>,
    first_next: OnceLock<Instant>,
    clock: Clock,
    arn: String,
}

/// A running function. It ends when this is dropped.
pub struct Sandbox {
    child: Child,
    invocations: mpsc::Sender<Invocation>,
    runtime_api: Arc<RuntimeApi>,
    started: Instant,
    log_lines: Arc<Mutex<Vec<String>>>,
    server: tokio::task::JoinHandle<()>,
}

impl Sandbox {
    /// Starts a program with only these variables and Lambda's own in its environment, and waits
    /// until it requests its first event.
    ///
    /// # Errors
    /// When it cannot be started, ends, or sends no request in ten seconds.
    pub async fn start(program: &Path, function: &str, variables: &[(String, String)]) -> anyhow::Result<Self> {
        Self::start_with_cpu_share(program, function, variables, None).await
    }

    /// The same with a CPU share.
    ///
    /// # Errors
    /// As [`Sandbox::start`].
    pub async fn start_with_cpu_share(
        program: &Path,
        function: &str,
        variables: &[(String, String)],
        cpu_share: Option<&CpuShare>,
    ) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (calls, receiver) = mpsc::channel(1);
        let arn = format!("arn:aws:lambda:us-east-1:123456789012:function:{function}");
        let api = Arc::new(RuntimeApi {
            invocations: receiver.into(),
            pending_invocations: Mutex::default(),
            first_next: OnceLock::new(),
            clock: Clock::system(),
            arn,
        });
        let server = axum::serve(listener, runtime_api_routes(api.clone()));
        let server = tokio::spawn(async move { drop(server.await) });
        let mut command = sandbox_command(program, cpu_share);
        command
            .env_clear()
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .envs([
                ("AWS_LAMBDA_RUNTIME_API", address.to_string().as_str()),
                ("AWS_LAMBDA_FUNCTION_NAME", function),
                ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
                ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
                ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/function"),
                ("AWS_LAMBDA_LOG_STREAM_NAME", "stream"),
                ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
                ("_HANDLER", "bootstrap"),
                ("TZ", ":UTC"),
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let started = Instant::now();
        let mut child = command.spawn().with_context(|| format!("cannot run {}", program.display()))?;
        let output = Arc::new(Mutex::default());
        collect_lines(child.stdout.take(), &output);
        collect_lines(child.stderr.take(), &output);
        let mut sandbox = Self { child, invocations: calls, runtime_api: api, started, log_lines: output, server };
        sandbox.wait_for_first_next().await?;
        Ok(sandbox)
    }

    async fn wait_for_first_next(&mut self) -> anyhow::Result<()> {
        const POLL_INTERVAL: Duration = Duration::from_millis(1);
        while self.runtime_api.first_next.get().is_none() {
            if let Some(status) = self.child.try_wait()? {
                bail!("it ended ({status}):\n{}", self.log_lines().join("\n"));
            }
            if self.started.elapsed() > INIT_TIMEOUT {
                bail!("it did not ask for an event in {} s:\n{}", INIT_TIMEOUT.as_secs(), self.log_lines().join("\n"));
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
        Ok(())
    }

    /// From the spawn of the process to its first request for an event.
    pub fn init_duration(&self) -> Duration {
        self.runtime_api.first_next.get().map_or(Duration::ZERO, |first| *first - self.started)
    }

    /// Sends an event, as part of a new trace.
    ///
    /// # Errors
    /// When the function reports a failure, ends, or does not respond in time.
    pub async fn invoke(&mut self, event: &Value) -> anyhow::Result<InvocationOutput> {
        let random = uuid::Uuid::from_u128(self.runtime_api.clock.random()).simple().to_string();
        let trace = format!("Root=1-{}-{};Parent={};Sampled=1", &random[..8], &random[8..], &random[..16]);
        self.invoke_with_trace(event, &trace).await
    }

    /// The same, as part of this trace.
    ///
    /// # Errors
    /// As [`Sandbox::invoke`].
    pub async fn invoke_with_trace(&mut self, event: &Value, trace: &str) -> anyhow::Result<InvocationOutput> {
        let (reply, response) = oneshot::channel();
        let call = Invocation { event: event.to_string().into(), trace: trace.to_owned(), reply };
        self.invocations.send(call).await.ok().context("the Runtime API has ended")?;
        tokio::select! {
            response = response => match response.context("the Runtime API lost a response")? {
                Ok(outcome) => Ok(outcome),
                Err(FunctionError(why)) => bail!("the function failed: {why}\n{}", self.log_lines().join("\n")),
            },
            status = self.child.wait() => bail!("the function ended ({}):\n{}", status?, self.log_lines().join("\n")),
            () = tokio::time::sleep(FUNCTION_TIMEOUT) => bail!("the function did not respond:\n{}", self.log_lines().join("\n")),
        }
    }

    /// Its process id, until it has ended.
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// Its standard output and error, line by line.
    pub fn log_lines(&self) -> Vec<String> {
        self.log_lines.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Its current memory, in KiB.
    ///
    /// # Errors
    /// When it has ended.
    pub fn resident_kib(&self) -> anyhow::Result<u64> {
        Ok(process::read_memory(self.child.id().context("the function has ended")?)?.resident_kib)
    }

    /// Its maximum memory, in KiB.
    ///
    /// # Errors
    /// When it has ended.
    pub fn peak_kib(&self) -> anyhow::Result<u64> {
        Ok(process::read_memory(self.child.id().context("the function has ended")?)?.peak_kib)
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// The program; with a CPU share, a shell joins the group and execs it.
fn sandbox_command(program: &Path, share: Option<&CpuShare>) -> Command {
    let Some(share) = share else { return Command::new(program) };
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "echo 0 > \"$0\" && exec \"$1\""]).arg(share.procs_file()).arg(program);
    command
}

fn collect_lines(stream: Option<impl AsyncRead + Send + Unpin + 'static>, output: &Arc<Mutex<Vec<String>>>) {
    let (Some(stream), output) = (stream, output.clone()) else { return };
    tokio::spawn(async move {
        let mut lines = BufReader::new(stream).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            output.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        }
    });
}

fn runtime_api_routes(api: Arc<RuntimeApi>) -> Router {
    Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next_invocation))
        .route("/2018-06-01/runtime/invocation/{id}/response", post(post_response))
        .route("/2018-06-01/runtime/invocation/{id}/error", post(post_error))
        .route("/2018-06-01/runtime/init/error", post(async || StatusCode::ACCEPTED))
        .with_state(api)
}

async fn next_invocation(State(api): State<Arc<RuntimeApi>>) -> Response {
    api.first_next.get_or_init(Instant::now);
    let Some(call) = api.invocations.lock().await.recv().await else { return StatusCode::GONE.into_response() };
    let id = uuid::Uuid::from_u128(api.clock.random()).to_string();
    let deadline = api.clock.now().millis() + i64::try_from(FUNCTION_TIMEOUT.as_millis()).unwrap_or_default();
    let headers = [
        ("lambda-runtime-aws-request-id", id.clone()),
        ("lambda-runtime-deadline-ms", deadline.to_string()),
        ("lambda-runtime-invoked-function-arn", api.arn.clone()),
        ("lambda-runtime-trace-id", call.trace),
        ("content-type", "application/json".to_owned()),
    ];
    let pending = PendingInvocation { started: Instant::now(), reply: call.reply };
    api.pending_invocations.lock().unwrap_or_else(PoisonError::into_inner).insert(id, pending);
    (headers.map(|(name, value)| (http::HeaderName::from_static(name), value)), call.event).into_response()
}

fn complete(
    api: &RuntimeApi,
    id: &str,
    outcome: impl FnOnce(Duration) -> Result<InvocationOutput, FunctionError>,
) -> StatusCode {
    let pending = api.pending_invocations.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    let Some(pending) = pending else { return StatusCode::BAD_REQUEST };
    // The caller may have stopped waiting.
    let _ = pending.reply.send(outcome(pending.started.elapsed()));
    StatusCode::ACCEPTED
}

async fn post_response(State(api): State<Arc<RuntimeApi>>, Params(id): Params<String>, body: Bytes) -> StatusCode {
    complete(&api, &id, |took| Ok(InvocationOutput { payload: body, duration: took }))
}

async fn post_error(
    State(api): State<Arc<RuntimeApi>>,
    Params(id): Params<String>,
    _: HeaderMap,
    body: Bytes,
) -> StatusCode {
    complete(&api, &id, |_| Err(FunctionError(String::from_utf8_lossy(&body).into_owned())))
}
