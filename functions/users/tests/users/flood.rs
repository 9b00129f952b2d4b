//! A flood of sign-ups does not starve logins.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::StreamExt;
use futures::stream::FuturesUnordered;

use crate::shop::{PASSWORD, Shop, log_in, sign_up};

/// All of them wait for a hash before the login does.
const FLOOD: usize = 60;
/// Sign-ups that complete while one login waits for its turn: those whose hash was running, and one
/// between two logins, with room for responses that overtake each other on a busy machine.
const MAX_SIGN_UPS_BEFORE_LOGIN: usize = 12;

#[tokio::test]
async fn a_login_waits_for_a_few_hashes_however_many_sign_up_at_once() {
    let shop = Shop::open().await;
    sign_up(&shop.client(), "ada@example.org").await.expect(201);
    let done = Arc::new(AtomicUsize::new(0));
    let mut flood: FuturesUnordered<_> = (0..FLOOD)
        .map(|n| {
            // From many addresses: the limit by address is not what lets the login through.
            let (client, done) = (shop.client_at(&format!("198.51.100.{n}")), done.clone());
            async move {
                // On a busy machine the last ones may wait longer than a request may take.
                let reply = sign_up(&client, &format!("flood{n}@example.org")).await;
                assert!([201, 503].contains(&reply.status.as_u16()), "{reply:?}");
                done.fetch_add(usize::from(reply.status == 201), Ordering::Relaxed);
            }
        })
        .collect();
    // The first response: by then all of them are in the queue.
    flood.next().await;
    let login = async {
        let before = done.load(Ordering::Relaxed);
        log_in(&shop.client_at("192.0.2.1"), "ada@example.org", PASSWORD).await.expect(200);
        done.load(Ordering::Relaxed) - before
    };
    let ((), waited) = tokio::join!(async { while flood.next().await.is_some() {} }, login);
    assert!(waited <= MAX_SIGN_UPS_BEFORE_LOGIN, "{waited} sign-ups were served before one login");
    assert!(done.load(Ordering::Relaxed) > MAX_SIGN_UPS_BEFORE_LOGIN, "there was no flood");
}
