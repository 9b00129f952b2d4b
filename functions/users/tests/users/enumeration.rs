//! A login does not reveal whether an address has an account.

use std::time::Instant;

use crate::shop::{Shop, log_in, sign_up};

/// Pairs of a known and an unknown address, timed alternately.
const PAIRS: usize = 60;
/// How far the medians may differ. Without a hash for unknown addresses they would differ tenfold;
/// a busy machine alone does not move an interleaved median this far.
const RATIO: f64 = 1.5;

#[tokio::test]
async fn an_unknown_address_and_a_wrong_password_get_the_same_answer() {
    let shop = Shop::open().await;
    let anyone = shop.client().with_header("x-request-id", "same");
    sign_up(&anyone, "ada@example.org").await.expect(201);
    let wrong = log_in(&anyone, "ada@example.org", "not her password").await.expect(401);
    let unknown = log_in(&anyone, "bob@example.org", "not her password").await.expect(401);
    assert_eq!(wrong.error_code(), "invalid_credentials");
    assert_eq!(wrong.bytes, unknown.bytes);
    assert_eq!(wrong.headers, unknown.headers);
}

#[tokio::test]
async fn both_are_rejected_alike_after_too_many_failures() {
    let shop = Shop::open().await;
    let anyone = shop.client().with_header("x-request-id", "same");
    sign_up(&anyone, "ada@example.org").await.expect(201);
    let mut last = Vec::new();
    for email in ["ada@example.org", "bob@example.org"] {
        for _ in 0..10 {
            log_in(&anyone, email, "not her password").await.expect(401);
        }
        last.push(log_in(&anyone, email, "not her password").await.expect(429));
    }
    assert_eq!((&last[0].bytes, &last[0].headers), (&last[1].bytes, &last[1].headers));
}

#[tokio::test]
async fn both_take_the_same_time() {
    let shop = Shop::open().await;
    let anyone = shop.client();
    for n in 0..PAIRS.div_ceil(10) {
        sign_up(&anyone, &format!("known{n}@example.org")).await.expect(201);
    }
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for n in 0..PAIRS {
        // From changing addresses, ten times each, so that no limit is reached.
        let caller = shop.client_at(&format!("192.0.2.{}", n / 40));
        for turn in 0..2 {
            // Each comes first in every other pair.
            let (kind, times) = if turn == n % 2 { ("known", &mut known) } else { ("unknown", &mut unknown) };
            let start = Instant::now();
            log_in(&caller, &format!("{kind}{}@example.org", n / 10), "not the password").await.expect(401);
            times.push(start.elapsed().as_secs_f64());
        }
    }
    let (known, unknown) = (median(known), median(unknown));
    let ratio = known.max(unknown) / known.min(unknown);
    assert!(ratio < RATIO, "known {:.1} ms, unknown {:.1} ms", known * 1e3, unknown * 1e3);
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
