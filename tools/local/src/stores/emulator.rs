//! A server inside this program, on a thread and runtime of its own.
//!
//! A thread of its own because one of the emulators writes to the disk in the middle of a request,
//! which must not block the shop's tasks; and so that its log lines can go to its own file.

use std::fs::File;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use tokio::sync::{oneshot, watch};

/// How long open connections may take to complete after a stop.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(2);

/// Resolves when the emulator is to stop.
pub(crate) type StopSignal = oneshot::Receiver<()>;

#[derive(Debug)]
pub(crate) struct Emulator {
    stop: oneshot::Sender<()>,
    pub(crate) ended: watch::Receiver<Option<String>>,
}

impl Emulator {
    /// Runs `serve` until it returns or is stopped. Its log goes to `log`.
    pub(crate) fn run<F, S>(name: &str, log: File, serve: F) -> std::io::Result<Self>
    where
        F: FnOnce(StopSignal) -> S + Send + 'static,
        S: Future<Output = anyhow::Result<()>>,
    {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel();
        let (report, ended) = watch::channel(None);
        thread::Builder::new().name(name.to_owned()).spawn(move || {
            let _log = tracing::subscriber::set_default(
                tracing_subscriber::fmt()
                    .with_max_level(tracing::Level::INFO)
                    .with_ansi(false)
                    .with_writer(Mutex::new(log))
                    .finish(),
            );
            let end = match runtime.block_on(serve_until_stopped(serve, stopped)) {
                Ok(()) => "ended".to_owned(),
                Err(error) => format!("{error:#}"),
            };
            runtime.shutdown_background();
            report.send_replace(Some(end));
        })?;
        Ok(Self { stop, ended })
    }

    pub(crate) async fn stop(self) {
        let _ = self.stop.send(());
        let mut ended = self.ended;
        let _ = ended.wait_for(Option::is_some).await;
    }
}

async fn serve_until_stopped<F, S>(serve: F, stopped: StopSignal) -> anyhow::Result<()>
where
    F: FnOnce(StopSignal) -> S,
    S: Future<Output = anyhow::Result<()>>,
{
    let (pass_on, stop) = oneshot::channel();
    let serving = serve(stop);
    tokio::pin!(serving);
    tokio::select! {
        result = &mut serving => return result,
        _ = stopped => {}
    }
    let _ = pass_on.send(());
    // A connection that does not complete is cut with the runtime.
    tokio::time::timeout(SHUTDOWN_GRACE, serving).await.unwrap_or(Ok(()))
}
