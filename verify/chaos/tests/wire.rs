//! The proxy itself, before a server that echoes each line.

use std::time::Duration;

use chaos::fault_proxy::{Fault, FaultProxy, Protocol};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// Longer than any response takes that arrives at all.
const REPLY_TIMEOUT: Duration = Duration::from_secs(5);
const NO_REPLY_AFTER: Duration = Duration::from_millis(200);

/// A server whose received lines can be read.
async fn start_echo_server() -> (u16, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (heard, hears) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let heard = heard.clone();
            tokio::spawn(async move {
                let (read, mut write) = stream.into_split();
                let mut lines = BufReader::new(read).lines();
                while let Ok(Some(line)) = lines.next_line().await {
                    let _ = heard.send(line.clone());
                    if write.write_all(format!("{line}\n").as_bytes()).await.is_err() {
                        break;
                    }
                }
            });
        }
    });
    (port, hears)
}

/// Sends a line once; `None` if the connection ends, `Some("")` if nothing arrives.
async fn send_line(stream: &mut TcpStream, line: &str) -> Option<String> {
    stream.write_all(format!("{line}\n").as_bytes()).await.ok()?;
    let mut response = Vec::new();
    let mut bytes = [0; 64];
    while !response.ends_with(b"\n") {
        match tokio::time::timeout(NO_REPLY_AFTER, stream.read(&mut bytes)).await {
            Ok(Ok(0) | Err(_)) => return None,
            Ok(Ok(n)) => response.extend(&bytes[..n]),
            Err(_) => break,
        }
    }
    Some(String::from_utf8(response).unwrap())
}

async fn connect(proxy: &FaultProxy) -> TcpStream {
    TcpStream::connect(("127.0.0.1", proxy.port)).await.unwrap()
}

#[tokio::test]
async fn a_fault_is_injected_at_its_exchange_and_nowhere_else() {
    // What the client receives at the second exchange, and whether the server has received it.
    let cases = [
        (Fault::CutBefore, None, false),
        (Fault::CutAfter, None, true),
        (Fault::CutAtCommit, None, true),
        (Fault::HangBefore, Some(""), false),
        (Fault::HangAfter, Some(""), true),
        (Fault::HalfOpen, Some("tw"), true),
        (Fault::ErrorReply, Some("-LOADING planned\r\n"), false),
        (Fault::Delay(Duration::from_millis(20)), Some("two\n"), true),
        (Fault::Trickle(Duration::from_millis(5)), Some("two\n"), true),
    ];
    for (fault, heard, reached) in cases {
        let (port, mut hears) = start_echo_server().await;
        let proxy = FaultProxy::start(port, Protocol::Resp).await.unwrap();
        proxy.inject(1, fault);
        let mut stream = connect(&proxy).await;
        assert_eq!(send_line(&mut stream, "one").await.as_deref(), Some("one\n"), "{fault:?}");
        assert_eq!(send_line(&mut stream, "two").await.as_deref(), heard, "{fault:?}");
        assert_eq!(send_line(&mut connect(&proxy).await, "three").await.as_deref(), Some("three\n"), "{fault:?}");
        assert_eq!((proxy.exchanges(), proxy.injected_faults().len()), (3, 1), "{fault:?}");
        let mut lines = Vec::new();
        while let Ok(line) = hears.try_recv() {
            lines.push(line);
        }
        assert_eq!(lines.contains(&"two".to_owned()), reached, "{fault:?}");
    }
}

#[tokio::test]
async fn a_store_that_is_down_is_back_after_heal() {
    let (port, _hears) = start_echo_server().await;
    let proxy = FaultProxy::start(port, Protocol::Resp).await.unwrap();
    proxy.inject(1, Fault::Down);
    assert_eq!(send_line(&mut connect(&proxy).await, "one").await.as_deref(), Some("one\n"));
    for _ in 0..3 {
        assert_eq!(send_line(&mut connect(&proxy).await, "lost").await, None);
    }
    proxy.heal();
    assert_eq!(send_line(&mut connect(&proxy).await, "two").await.as_deref(), Some("two\n"));
}

#[tokio::test]
async fn held_exchanges_continue_after_heal() {
    let (port, mut hears) = start_echo_server().await;
    for (fault, heard_meanwhile) in [(Fault::HoldBefore, false), (Fault::HoldAfter, true)] {
        let proxy = FaultProxy::start(port, Protocol::Resp).await.unwrap();
        proxy.inject(0, fault);
        let mut stream = connect(&proxy).await;
        let asked = async {
            stream.write_all(b"late\n").await.unwrap();
            let mut line = String::new();
            tokio::time::timeout(REPLY_TIMEOUT, BufReader::new(&mut stream).read_line(&mut line))
                .await
                .unwrap()
                .unwrap();
            line
        };
        let healed = async {
            tokio::time::timeout(REPLY_TIMEOUT, proxy.wait_for_fault()).await.unwrap();
            let meanwhile = hears.try_recv().is_ok();
            proxy.heal();
            meanwhile
        };
        let (line, meanwhile) = tokio::join!(asked, healed);
        assert_eq!((line.as_str(), meanwhile), ("late\n", heard_meanwhile), "{fault:?}");
        while hears.try_recv().is_ok() {}
    }
}
