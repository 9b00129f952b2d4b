//! Messages that no consumer can process, and their positions in a batch.

/// The size of a Lambda batch.
pub const BATCH_SIZE: usize = 10;

/// Bodies that are no events, each invalid in its own way.
pub fn poison_messages() -> Vec<String> {
    let event = |members: &str| format!(r#"{{"eventId":"0190a1b2-0000-7000-8000-000000000000",{members}}}"#);
    let at = r#""at":"2026-01-31T12:00:00Z""#;
    vec![
        String::new(),
        "no event".to_owned(),
        "null".to_owned(),
        "[]".to_owned(),
        "{}".to_owned(),
        "{\"eventId\":".to_owned(),
        "\u{0}".to_owned(),
        "\u{feff}{}".to_owned(),
        "9".repeat(400),
        "[".repeat(100_000),
        format!("\"{}\"", "a".repeat(200_000)),
        r#"{"eventId":{"$gt":""},"at":"2026-01-31T12:00:00Z","type":"stock.changed","data":{}}"#.to_owned(),
        event(r#""at":"yesterday","type":"stock.changed","data":{"productId":1,"available":1,"version":1}"#),
        event(&format!(r#"{at},"type":"product.unheard_of","data":{{}}"#)),
        event(&format!(r#"{at},"type":"stock.changed","data":{{"productId":0,"available":1,"version":1}}"#)),
        event(&format!(r#"{at},"type":"stock.changed","data":{{"productId":1,"available":1.5,"version":1}}"#)),
        event(&format!(r#"{at},"type":"order.status","data":{{"productId":1,"available":1,"version":1}}"#)),
        event(&format!(r#"{at},"type":"order.status","type":"stock.changed","data":{{}}"#)),
    ]
}

/// Batches with poison at these positions: none, all, and some by a seed.
pub fn poison_positions(seed: u64, some: usize) -> Vec<[bool; BATCH_SIZE]> {
    // A step of SplitMix64: good enough for a sample, and the same everywhere.
    let drawn = |n: usize| {
        let mut bits = seed.wrapping_add((n as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        std::array::from_fn(|place| (bits >> (place + 20)) & 1 == 1)
    };
    [[false; BATCH_SIZE], [true; BATCH_SIZE]].into_iter().chain((0..some).map(drawn)).collect()
}
