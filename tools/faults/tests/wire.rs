//! The proxy itself, before a server that answers each line with the same line.

use std::time::Duration;

use faults::wire::{Fault, Protocol, Proxy};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// Longer than any answer takes that comes at all.
const SOON: Duration = Duration::from_secs(5);
const SILENCE: Duration = Duration::from_millis(200);

/// A server whose heard lines can be read.
async fn echo() -> (u16, mpsc::UnboundedReceiver<String>) {
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

/// Asks once; `None` where the connection ends, `Some("")` where nothing comes.
async fn ask(stream: &mut TcpStream, line: &str) -> Option<String> {
    stream.write_all(format!("{line}\n").as_bytes()).await.ok()?;
    let mut answer = Vec::new();
    let mut bytes = [0; 64];
    while !answer.ends_with(b"\n") {
        match tokio::time::timeout(SILENCE, stream.read(&mut bytes)).await {
            Ok(Ok(0) | Err(_)) => return None,
            Ok(Ok(n)) => answer.extend(&bytes[..n]),
            Err(_) => break,
        }
    }
    Some(String::from_utf8(answer).unwrap())
}

async fn open(proxy: &Proxy) -> TcpStream {
    TcpStream::connect(("127.0.0.1", proxy.port)).await.unwrap()
}

#[tokio::test]
async fn a_fault_comes_about_at_its_exchange_and_nowhere_else() {
    // What the client hears at the second exchange, and whether the server has heard it.
    let cases = [
        (Fault::CutBefore, None, false),
        (Fault::CutAfter, None, true),
        (Fault::CutAtCommit, None, true),
        (Fault::HangBefore, Some(""), false),
        (Fault::HangAfter, Some(""), true),
        (Fault::HalfOpen, Some("tw"), true),
        (Fault::Refuse, Some("-LOADING planned\r\n"), false),
        (Fault::Slow(Duration::from_millis(20)), Some("two\n"), true),
        (Fault::Trickle(Duration::from_millis(5)), Some("two\n"), true),
    ];
    for (fault, heard, reached) in cases {
        let (port, mut hears) = echo().await;
        let proxy = Proxy::before(port, Protocol::Resp).await.unwrap();
        proxy.strike(1, fault);
        let mut stream = open(&proxy).await;
        assert_eq!(ask(&mut stream, "one").await.as_deref(), Some("one\n"), "{fault:?}");
        assert_eq!(ask(&mut stream, "two").await.as_deref(), heard, "{fault:?}");
        assert_eq!(ask(&mut open(&proxy).await, "three").await.as_deref(), Some("three\n"), "{fault:?}");
        assert_eq!((proxy.exchanges(), proxy.strikes().len()), (3, 1), "{fault:?}");
        let mut lines = Vec::new();
        while let Ok(line) = hears.try_recv() {
            lines.push(line);
        }
        assert_eq!(lines.contains(&"two".to_owned()), reached, "{fault:?}");
    }
}

#[tokio::test]
async fn a_store_that_is_away_comes_back_when_it_is_healed() {
    let (port, _hears) = echo().await;
    let proxy = Proxy::before(port, Protocol::Resp).await.unwrap();
    proxy.strike(1, Fault::Away);
    assert_eq!(ask(&mut open(&proxy).await, "one").await.as_deref(), Some("one\n"));
    for _ in 0..3 {
        assert_eq!(ask(&mut open(&proxy).await, "lost").await, None);
    }
    proxy.heal();
    assert_eq!(ask(&mut open(&proxy).await, "two").await.as_deref(), Some("two\n"));
}

#[tokio::test]
async fn who_is_late_goes_on_when_the_wire_is_healed() {
    let (port, mut hears) = echo().await;
    for (fault, heard_meanwhile) in [(Fault::LateBefore, false), (Fault::LateAfter, true)] {
        let proxy = Proxy::before(port, Protocol::Resp).await.unwrap();
        proxy.strike(0, fault);
        let mut stream = open(&proxy).await;
        let asked = async {
            stream.write_all(b"late\n").await.unwrap();
            let mut line = String::new();
            tokio::time::timeout(SOON, BufReader::new(&mut stream).read_line(&mut line)).await.unwrap().unwrap();
            line
        };
        let healed = async {
            tokio::time::timeout(SOON, proxy.struck()).await.unwrap();
            let meanwhile = hears.try_recv().is_ok();
            proxy.heal();
            meanwhile
        };
        let (line, meanwhile) = tokio::join!(asked, healed);
        assert_eq!((line.as_str(), meanwhile), ("late\n", heard_meanwhile), "{fault:?}");
        while hears.try_recv().is_ok() {}
    }
}
