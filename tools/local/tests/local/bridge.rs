//! What listens on 127.0.0.1 is reached from the containers' network while a command runs. Another
//! address of the loopback interface stands for the bridge of a Docker engine.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use local::bridge::{Bridge, Network};

const BRIDGE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// A store on 127.0.0.1 that answers every connection with one word.
fn store() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut asked = [0; 4];
            if stream.read_exact(&mut asked).is_ok() {
                stream.write_all(b"stored").unwrap();
            }
        }
    });
    port
}

fn ask(port: u16) -> std::io::Result<String> {
    let mut stream = TcpStream::connect((BRIDGE, port))?;
    stream.write_all(b"read")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_is_forwarded_for_the_containers_network_alone_and_until_it_ends() {
    let port = store();
    assert!(ask(port).is_err(), "nothing listens there before");
    let network: Network = "127.0.0.2/8".parse().unwrap();
    let bridge = Bridge::open(network, [port]).await.unwrap();
    let answer = tokio::task::spawn_blocking(move || ask(port)).await.unwrap().unwrap();
    assert_eq!(answer, "stored");
    Bridge::open(network, [port]).await.expect_err("the port is taken");
    drop(bridge);

    // A connection from this machine comes from 127.0.0.1, which is outside of this network.
    let other = store();
    let _narrow = Bridge::open("127.0.0.2/32".parse().unwrap(), [other]).await.unwrap();
    let refused = tokio::task::spawn_blocking(move || ask(other)).await.unwrap();
    assert!(refused.is_err() || refused.unwrap().is_empty(), "who is elsewhere gets nothing");
}

struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{test}-{}", std::process::id()));
        std::fs::create_dir_all(dir.join("shop")).unwrap();
        Self(dir)
    }

    fn bridge(&self, file: &Path, script: &str) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_local"));
        command.args(["bridge", "--at", "127.0.0.2/8", "--dir"]).arg(&self.0).arg("--env-vars").arg(file);
        command.args(["--", "bash", "-c", script, "script"]).arg(file).output().unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_command_finds_the_environment_for_its_containers_and_ends_the_way_there() {
    let folder = Folder::new("bridge");
    let file = folder.0.join("container.json");
    let absent = folder.bridge(&file, "true");
    let said = String::from_utf8_lossy(&absent.stderr);
    assert!(!absent.status.success() && said.contains("make run"), "without a shop: {said}");

    let port = store();
    let told = format!(r#"{{"Parameters": {{"REDIS_URL": "redis://127.0.0.1:{port}"}}}}"#);
    std::fs::write(folder.0.join("shop/functions.json"), told).unwrap();
    let script =
        format!(r#"stat -c %a "$1"; cat "$1"; exec 3<>/dev/tcp/127.0.0.2/{port}; printf read >&3; cat <&3; exit 7"#);
    let ran = folder.bridge(&file, &script);
    let printed = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert_eq!(ran.status.code(), Some(7), "the command's own exit code: {ran:?}");
    assert!(printed.starts_with("600\n") && printed.ends_with("stored"), "{printed}");
    assert!(printed.contains(&format!("redis://host.docker.internal:{port}")), "{printed}");
    assert!(!file.exists() && ask(port).is_err(), "all of it ends with the command");
}
