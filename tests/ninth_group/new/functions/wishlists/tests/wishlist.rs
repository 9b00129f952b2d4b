//! A customer's wishlist.

use domain::wishlists::MAX_WISHLIST_ITEMS;
use testkit::TestEnv;
use wishlists::{App, router};

#[tokio::test]
async fn a_wishlist_has_each_product_once_and_an_end() {
    let env = TestEnv::new().await;
    let shop = env.client(router(App::from_env(&env.env(), &env.clock).unwrap(), &env.http_stack()));
    let ada = shop.as_user(&env.customer().await);
    for product in 1..=MAX_WISHLIST_ITEMS {
        ada.put(&format!("/api/wishlists/{product}"), serde_json::json!({})).await.expect(204);
    }
    let full = ada.put("/api/wishlists/1000", serde_json::json!({})).await.expect(409);
    assert_eq!(full.json()["code"], "wishlist_full");
    // What is there stays there, however often it is added.
    ada.put("/api/wishlists/1", serde_json::json!({})).await.expect(204);
    ada.send(http::Method::DELETE, "/api/wishlists/2", None).await.expect(204);
    let left = ada.get("/api/wishlists").await.expect(200).json();
    assert_eq!(left.as_array().unwrap().len(), MAX_WISHLIST_ITEMS - 1);
}
