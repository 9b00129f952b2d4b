//! The request of each scenario.

use domain::ProductId;
use serde_json::{Value, json};
use testkit::{TestClient, TestResponse};

use super::super::{returns, shipments};
use super::{
    CHANGED_RATING, DELIVERED_QUANTITY, INITIAL_STOCK, NEW_PRICE, NEW_RATING, NEW_STOCK, POT_QUANTITY, REFUNDED_CENTS,
    Scenario, ScenarioState, TEA_QUANTITY,
};

impl ScenarioState {
    /// Sends the scenario's request, as its own caller.
    pub(in super::super) async fn send_request(&self, function: &TestClient) -> TestResponse {
        let client = function.as_user(&self.caller).with_header("idempotency-key", &self.key);
        let order = self.order.unwrap_or_default();
        let review = self.review.as_deref().unwrap_or_default();
        match self.scenario {
            Scenario::WriteReview => client.post("/api/reviews", self.review_body()).await,
            Scenario::ChangeReview => client.put(review, json!({"rating": CHANGED_RATING, "comment": ""})).await,
            Scenario::DeleteReview => client.delete(review).await,
            Scenario::PayAgain | Scenario::DiscountPayAgain => {
                client.post("/api/payments", json!({"orderId": order})).await
            }
            path if path.is_cancel() => {
                client.put(&format!("/api/orders/{order}"), json!({"status": "cancelled"})).await
            }
            Scenario::TakeOver => client.post("/api/users/verify", json!({"token": self.link})).await,
            Scenario::Ship => shipments::ship_piece(&client, order, self.tea).await,
            path if path.is_return() => returns::send(&client, self, order).await,
            Scenario::AddProduct => client.post("/api/products", self.product_body(INITIAL_STOCK)).await,
            Scenario::ReplaceProduct => {
                client.put(&format!("/api/products/{}", self.tea), self.product_body(NEW_STOCK)).await
            }
            Scenario::RemoveProduct => client.delete(&format!("/api/products/{}", self.tea)).await,
            Scenario::ReceiveDelivery => {
                let delivery = json!({"delta": DELIVERED_QUANTITY, "reason": "delivery"});
                client.put(&format!("/api/inventory/{}", self.tea), delivery).await
            }
            Scenario::Refund => {
                let payment = self.payment.as_deref().unwrap_or_default();
                let amount = REFUNDED_CENTS as f64 / 100.0;
                client.post(&format!("/api/payments/{payment}/refund"), json!({"amount": amount})).await
            }
            Scenario::RefundLine => {
                let payment = self.payment.as_deref().unwrap_or_default();
                let body = json!({"items": [{"productId": self.tea, "quantity": 1}], "reason": "A broken cup"});
                client.post(&format!("/api/payments/{payment}/refund"), body).await
            }
            path => client.post("/api/orders", self.order_body(path.payment_method())).await,
        }
    }

    pub(super) fn order_body(&self, method: &str) -> Value {
        let line = |product: ProductId, quantity| json!({"productId": product, "quantity": quantity});
        let total = self.scenario.total_cents() as f64 / 100.0;
        let items = [line(self.pot, POT_QUANTITY), line(self.tea, TEA_QUANTITY)];
        let mut body = json!({"items": items, "total": total, "payment": {"method": method}});
        if self.scenario.has_discount() {
            body["discountCode"] = json!(self.discount_code());
        }
        if let Some(method) = self.method {
            body["shippingMethodId"] = json!(method);
        }
        body
    }

    /// The return that is decided.
    pub(in super::super) fn returned(&self) -> &str {
        self.returned.as_deref().unwrap_or_default()
    }

    /// The code of the scenario's own discount.
    pub(in super::super) fn discount_code(&self) -> String {
        format!("TEA-{}", self.tea)
    }

    pub(super) fn review_body(&self) -> Value {
        json!({"productId": self.tea, "rating": NEW_RATING, "comment": ""})
    }

    /// A product as the admin writes it, found by its name.
    fn product_body(&self, stock: i32) -> Value {
        json!({"name": self.key, "price": NEW_PRICE, "stock": stock})
    }
}
