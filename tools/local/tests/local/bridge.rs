//! Servers on 127.0.0.1 are reachable from the containers' network while a command runs. Another
//! address of the loopback interface stands for the bridge of a Docker engine.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use local::bridge::{Bridge, Network};

const BRIDGE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// A store on 127.0.0.1 that answers every connection with one word.
fn start_fake_store() -> u16 {
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

fn query(port: u16) -> std::io::Result<String> {
    let mut stream = TcpStream::connect((BRIDGE, port))?;
    stream.write_all(b"read")?;
    let mut response = String::new();
    stream.read_to_string(&mut response)?;
    Ok(response)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_is_reached_from_the_containers_network_alone_and_until_the_bridge_ends() {
    let port = start_fake_store();
    let network: Network = "127.0.0.2/8".parse().unwrap();
    let bridge = Bridge::open(network, [port]).await.unwrap();
    let there = bridge.ports()[&port];
    let asked = |port: u16| tokio::task::spawn_blocking(move || query(port));
    assert_eq!(asked(there).await.unwrap().unwrap(), "stored");
    let another = Bridge::open(network, [port]).await.unwrap();
    bridge.close().await;
    assert!(asked(there).await.unwrap().is_err(), "it has ended");
    assert_eq!(asked(another.ports()[&port]).await.unwrap().unwrap(), "stored", "one beside it has not");

    // A connection from this machine comes from 127.0.0.1, which is outside of this network.
    let narrow = Bridge::open("127.0.0.2/32".parse().unwrap(), [port]).await.unwrap();
    let rejected = asked(narrow.ports()[&port]).await.unwrap();
    assert!(rejected.is_err() || rejected.unwrap().is_empty(), "who is elsewhere gets nothing");
    Bridge::open("192.0.2.1/24".parse().unwrap(), [port]).await.expect_err("this machine has no such address");
}

struct TestFolder(PathBuf);

impl TestFolder {
    fn new(test: &str) -> Self {
        let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{test}-{}", std::process::id()));
        std::fs::create_dir_all(dir.join("shop")).unwrap();
        Self(dir)
    }

    fn run_bridge(&self, file: &Path, script: &str) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_local"));
        command.args(["bridge", "--network", "127.0.0.2/8", "--dir"]).arg(&self.0).arg("--env-vars").arg(file);
        command.args(["--", "bash", "-c", script, "script"]).arg(file).output().unwrap()
    }
}

impl Drop for TestFolder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_command_gets_the_container_environment_and_the_bridge_closes_with_it() {
    let folder = TestFolder::new("bridge");
    let file = folder.0.join("container.json");
    let absent = folder.run_bridge(&file, "true");
    let said = String::from_utf8_lossy(&absent.stderr);
    assert!(!absent.status.success() && said.contains("make run"), "without a shop: {said}");

    let port = start_fake_store();
    let content = format!(r#"{{"Parameters": {{"REDIS_URL": "redis://127.0.0.1:{port}"}}}}"#);
    std::fs::write(folder.0.join("shop/functions.json"), content).unwrap();
    let script = r#"stat -c %a "$1"; cat "$1"
        there=$(grep -o 'docker.internal:[0-9]*' "$1"); there=${there#*:}; echo "port $there"
        exec 3<>"/dev/tcp/127.0.0.2/$there"; printf read >&3; cat <&3; exit 7"#;
    let ran = folder.run_bridge(&file, script);
    let printed = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert_eq!(ran.status.code(), Some(7), "the command's own exit code: {ran:?}");
    assert!(printed.starts_with("600\n") && printed.ends_with("stored"), "{printed}");
    let there = printed.lines().find_map(|line| line.strip_prefix("port ")).unwrap().parse().unwrap();
    assert!(printed.contains(&format!("redis://host.docker.internal:{there}")), "{printed}");
    assert!(!file.exists() && query(there).is_err(), "all of it ends with the command");
}
