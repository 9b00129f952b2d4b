//! A bounded part of `chaos queues`.

use chaos::queues::{Args, replay_arguments, run_deliveries};
use runtime::Clock;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_messages_delivered_badly_take_effect_once() {
    let seed = u64::from(Clock::system().random() as u32);
    let args = Args {
        messages: 2_000,
        duplicates: 0.3,
        poison: 0.01,
        kills: 0.03,
        consumers: 2,
        retry: 3,
        seed: None,
        patience: 90,
    };
    let (figures, verdict) = Box::pin(run_deliveries(&args, seed)).await.unwrap();
    assert!(figures.messages >= 2_000 && figures.deliveries > figures.messages, "{figures:?}");
    let findings = verdict.as_slice();
    assert!(findings.is_empty(), "{findings:#?}\nagain: make faults ARGS=\"{}\"", replay_arguments(&args, seed));
}
