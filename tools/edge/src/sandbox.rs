//! One function's process, and the Runtime API that feeds it: it asks for the next event, answers
//! it, and asks again.

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

use crate::cgroup::Share;
use crate::process;

/// A function's time, as the template gives it to the slowest of those with callers.
const TIMEOUT: Duration = Duration::from_secs(30);
/// How long a function may take to ask for its first event: Lambda gives it as much.
const START: Duration = Duration::from_secs(10);

/// What a function made of an event.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Its answer.
    pub body: Bytes,
    /// From the moment it was given the event to the moment it answered.
    pub took: Duration,
}

impl Outcome {
    /// The answer as JSON.
    ///
    /// # Errors
    /// When it is none.
    pub fn json(&self) -> anyhow::Result<Value> {
        serde_json::from_slice(&self.body).context("the answer is no JSON")
    }
}

/// A function told the platform that it failed.
#[derive(Clone, Debug)]
pub struct Failed(pub String);

struct Call {
    event: Bytes,
    trace: String,
    reply: oneshot::Sender<Result<Outcome, Failed>>,
}

struct Pending {
    since: Instant,
    reply: oneshot::Sender<Result<Outcome, Failed>>,
}

struct Api {
    calls: tokio::sync::Mutex<mpsc::Receiver<Call>>,
    pending: Mutex<HashMap<String, Pending>>,
    first_next: OnceLock<Instant>,
    clock: Clock,
    arn: String,
}

/// A running function. It ends when this is dropped.
pub struct Sandbox {
    child: Child,
    calls: mpsc::Sender<Call>,
    api: Arc<Api>,
    started: Instant,
    output: Arc<Mutex<Vec<String>>>,
    server: tokio::task::JoinHandle<()>,
}

impl Sandbox {
    /// Starts a program with nothing in its environment but these variables and Lambda's own, and
    /// waits until it asks for its first event.
    ///
    /// # Errors
    /// When it cannot be started, ends, or does not ask in ten seconds.
    pub async fn start(program: &Path, function: &str, variables: &[(String, String)]) -> anyhow::Result<Self> {
        Self::start_in(program, function, variables, None).await
    }

    /// The same within a share of a processor.
    ///
    /// # Errors
    /// As [`Sandbox::start`].
    pub async fn start_in(
        program: &Path,
        function: &str,
        variables: &[(String, String)],
        share: Option<&Share>,
    ) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (calls, receiver) = mpsc::channel(1);
        let arn = format!("arn:aws:lambda:us-east-1:123456789012:function:{function}");
        let api = Arc::new(Api {
            calls: receiver.into(),
            pending: Mutex::default(),
            first_next: OnceLock::new(),
            clock: Clock::system(),
            arn,
        });
        let server = axum::serve(listener, routes(api.clone()));
        let server = tokio::spawn(async move { drop(server.await) });
        let mut command = command(program, share);
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
        collect(child.stdout.take(), &output);
        collect(child.stderr.take(), &output);
        let mut sandbox = Self { child, calls, api, started, output, server };
        sandbox.await_first_next().await?;
        Ok(sandbox)
    }

    async fn await_first_next(&mut self) -> anyhow::Result<()> {
        const LOOK_EVERY: Duration = Duration::from_millis(1);
        while self.api.first_next.get().is_none() {
            if let Some(status) = self.child.try_wait()? {
                bail!("it ended ({status}):\n{}", self.output().join("\n"));
            }
            if self.started.elapsed() > START {
                bail!("it did not ask for an event in {} s:\n{}", START.as_secs(), self.output().join("\n"));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(())
    }

    /// From the spawn of the process to its first question for an event.
    pub fn start_took(&self) -> Duration {
        self.api.first_next.get().map_or(Duration::ZERO, |first| *first - self.started)
    }

    /// Hands an event over, as part of a fresh trace.
    ///
    /// # Errors
    /// When the function says that it failed, ends, or does not answer in its time.
    pub async fn invoke(&mut self, event: &Value) -> anyhow::Result<Outcome> {
        let random = uuid::Uuid::from_u128(self.api.clock.random()).simple().to_string();
        let trace = format!("Root=1-{}-{};Parent={};Sampled=1", &random[..8], &random[8..], &random[..16]);
        self.invoke_traced(event, &trace).await
    }

    /// The same, as part of this trace.
    ///
    /// # Errors
    /// As [`Sandbox::invoke`].
    pub async fn invoke_traced(&mut self, event: &Value, trace: &str) -> anyhow::Result<Outcome> {
        let (reply, answer) = oneshot::channel();
        let call = Call { event: event.to_string().into(), trace: trace.to_owned(), reply };
        self.calls.send(call).await.ok().context("the Runtime API has ended")?;
        tokio::select! {
            answer = answer => match answer.context("the Runtime API lost an answer")? {
                Ok(outcome) => Ok(outcome),
                Err(Failed(why)) => bail!("the function failed: {why}\n{}", self.output().join("\n")),
            },
            status = self.child.wait() => bail!("the function ended ({}):\n{}", status?, self.output().join("\n")),
            () = tokio::time::sleep(TIMEOUT) => bail!("the function did not answer:\n{}", self.output().join("\n")),
        }
    }

    /// Its number, until it has ended.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// What it wrote to standard output and error, line by line.
    pub fn output(&self) -> Vec<String> {
        self.output.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Memory that it holds now, in KiB.
    ///
    /// # Errors
    /// When it has ended.
    pub fn resident(&self) -> anyhow::Result<u64> {
        Ok(process::memory(self.child.id().context("the function has ended")?)?.resident)
    }

    /// The most memory that it has held, in KiB.
    ///
    /// # Errors
    /// When it has ended.
    pub fn peak(&self) -> anyhow::Result<u64> {
        Ok(process::memory(self.child.id().context("the function has ended")?)?.peak)
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// The program; within a share, a shell joins the group and becomes it.
fn command(program: &Path, share: Option<&Share>) -> Command {
    let Some(share) = share else { return Command::new(program) };
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "echo 0 > \"$0\" && exec \"$1\""]).arg(share.members()).arg(program);
    command
}

fn collect(stream: Option<impl AsyncRead + Send + Unpin + 'static>, output: &Arc<Mutex<Vec<String>>>) {
    let (Some(stream), output) = (stream, output.clone()) else { return };
    tokio::spawn(async move {
        let mut lines = BufReader::new(stream).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            output.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        }
    });
}

fn routes(api: Arc<Api>) -> Router {
    Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
        .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
        .route("/2018-06-01/runtime/init/error", post(async || StatusCode::ACCEPTED))
        .with_state(api)
}

async fn next(State(api): State<Arc<Api>>) -> Response {
    api.first_next.get_or_init(Instant::now);
    let Some(call) = api.calls.lock().await.recv().await else { return StatusCode::GONE.into_response() };
    let id = uuid::Uuid::from_u128(api.clock.random()).to_string();
    let deadline = api.clock.now().millis() + i64::try_from(TIMEOUT.as_millis()).unwrap_or_default();
    let headers = [
        ("lambda-runtime-aws-request-id", id.clone()),
        ("lambda-runtime-deadline-ms", deadline.to_string()),
        ("lambda-runtime-invoked-function-arn", api.arn.clone()),
        ("lambda-runtime-trace-id", call.trace),
        ("content-type", "application/json".to_owned()),
    ];
    let pending = Pending { since: Instant::now(), reply: call.reply };
    api.pending.lock().unwrap_or_else(PoisonError::into_inner).insert(id, pending);
    (headers.map(|(name, value)| (http::HeaderName::from_static(name), value)), call.event).into_response()
}

fn settle(api: &Api, id: &str, outcome: impl FnOnce(Duration) -> Result<Outcome, Failed>) -> StatusCode {
    let pending = api.pending.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    let Some(pending) = pending else { return StatusCode::BAD_REQUEST };
    // Whoever invoked may have stopped waiting.
    let _ = pending.reply.send(outcome(pending.since.elapsed()));
    StatusCode::ACCEPTED
}

async fn response(State(api): State<Arc<Api>>, Params(id): Params<String>, body: Bytes) -> StatusCode {
    settle(&api, &id, |took| Ok(Outcome { body, took }))
}

async fn error(State(api): State<Arc<Api>>, Params(id): Params<String>, _: HeaderMap, body: Bytes) -> StatusCode {
    settle(&api, &id, |_| Err(Failed(String::from_utf8_lossy(&body).into_owned())))
}
