//! Every connection to a store sends small messages at once, Postgres's too (docs/decisions/0071).

#![cfg(target_os = "linux")]

mod shop;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;

use runtime::Env;
use rustix::net::{getpeername, sockopt};
use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};
use shop::Shop;

/// Each store's address in the environment.
const STORES: [&str; 4] = ["SHOP_POSTGRES_URL", "SHOP_REDIS_URL", "SHOP_MONGODB_URL", "AWS_ENDPOINT_URL_SQS"];

fn port(variable: &str) -> u16 {
    let url = Env::from_env().required(variable).expect("run tests through `make test`");
    let place = url.split_once("://").unwrap().1.split(['/', '?']).next().unwrap();
    place.rsplit(':').next().unwrap().parse().unwrap_or_else(|_| panic!("{variable} has no port"))
}

/// The connected sockets of this process: the peer's port, and whether they have `TCP_NODELAY`.
fn sockets() -> Vec<(u16, bool)> {
    let own = pidfd_open(getpid(), PidfdFlags::empty()).unwrap();
    let files = std::fs::read_dir("/proc/self/fd").unwrap().flatten();
    let sockets = files.filter(|file| {
        std::fs::read_link(file.path()).is_ok_and(|target| target.to_string_lossy().starts_with("socket:"))
    });
    let numbers = sockets.map(|file| file.file_name().to_string_lossy().parse().unwrap());
    numbers
        .filter_map(|number| {
            let socket: OwnedFd = pidfd_getfd(&own, number, PidfdGetfdFlags::empty()).ok()?;
            let waits_for_none = sockopt::tcp_nodelay(&socket).ok()?;
            let peer = SocketAddr::try_from(getpeername(&socket).ok()??).ok()?;
            Some((peer.port(), waits_for_none))
        })
        .collect()
}

#[tokio::test]
async fn no_connection_to_a_store_waits_for_an_acknowledgement_before_it_sends() {
    let shop = Shop::open().await;
    let (ada, product) = (shop.test_env.customer().await, shop.product().await);
    let review = serde_json::json!({"productId": product, "rating": 4, "comment": "Good."});
    shop.api.as_user(&ada).post("/api/reviews", review).await.expect(201);

    let mut open: BTreeMap<u16, Vec<bool>> = BTreeMap::new();
    for (port, at_once) in sockets() {
        open.entry(port).or_default().push(at_once);
    }
    for store in STORES {
        let connections = open.get(&port(store)).unwrap_or_else(|| panic!("{store}: no connection in {open:?}"));
        assert!(connections.iter().all(|at_once| *at_once), "{store}: {connections:?}");
    }
}
