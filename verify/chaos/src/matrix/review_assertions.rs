//! The required result of a write of a review: exactly the written state, in the list and in the
//! ratings.

use serde_json::{Value, json};

use super::env::MatrixEnv;
use super::scenario::{CHANGED_RATING, NEW_RATING, Scenario, ScenarioState};

pub(super) async fn check_review(world: &MatrixEnv, scene: &ScenarioState, broken: &mut impl FnMut(String)) {
    let expected: Vec<i64> = match scene.scenario {
        Scenario::WriteReview => vec![NEW_RATING],
        Scenario::ChangeReview => vec![CHANGED_RATING],
        _ => Vec::new(),
    };
    let path = format!("/api/reviews/product/{}", scene.tea);
    let listed = world.reviews.get(&path).await.expect(200).json();
    let ratings: Vec<i64> =
        listed.as_array().into_iter().flatten().filter_map(|review| review["rating"].as_i64()).collect();
    let of = |stars: i64| expected.iter().filter(|rating| **rating == stars).count();
    let average = expected.first().copied().unwrap_or_default();
    let histogram = json!({ "1": of(1), "2": of(2), "3": of(3), "4": of(4), "5": of(5) });
    let summary: Value = world.reviews.get(&format!("{path}/summary")).await.expect(200).json();
    let is_right = summary["count"] == expected.len()
        && summary["average"].as_f64() == Some(average as f64)
        && summary["histogram"] == histogram;
    if ratings != expected || !is_right {
        broken(format!("reviews with {expected:?} are right, there are {ratings:?}, and {summary}"));
    }
}
