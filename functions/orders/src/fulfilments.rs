//! `POST /api/orders/{id}/fulfilments` and `PUT /api/orders/{id}/fulfilments/{fulfilmentId}`

use axum::extract::State;
use axum::response::Response;
use checkout::ShipmentRequest;
use domain::orders::{Basket, BasketLine, Carrier, Fulfilment, Tracking, TrackingNumber, TrackingUrl};
use domain::{FulfilmentId, OrderId};
use serde::Deserialize;
use web::{Admin, Body, Created, Id, IdempotencyHeader, Ids, Resource, Result, respond};

use crate::App;

/// What leaves, and how it travels.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ShipOrder {
    /// The pieces, 1 to 50 lines; several lines of one product are summed. All that is left when omitted.
    #[schema(value_type = Option<Vec<BasketLine>>, min_items = 1, max_items = 50)]
    items: Option<Basket>,
    carrier: Option<Carrier>,
    tracking_number: Option<TrackingNumber>,
    tracking_url: Option<TrackingUrl>,
}

/// Ship an order, or some of its pieces
///
/// The order is `partially_shipped`, and `shipped` once its last piece has left. The customer is
/// notified of each shipment. 409 `too_many_pieces` carries the `items` of which fewer are left; 409
/// `illegal_transition` when the order is not paid, or everything was shipped or refunded; 409
/// `order_in_progress` while it is being paid or cancelled.
#[utoipa::path(
    post, path = "/api/orders/{id}/fulfilments", request_body = ShipOrder,
    params(("id" = OrderId, Path), IdempotencyHeader),
    responses(
        (status = 201, body = Fulfilment),
        (status = 404, body = web::ProblemBody, content_type = "application/problem+json"),
        (status = 409, body = web::ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn ship_order(
    State(app): State<App>,
    Admin(caller): Admin,
    Id(order): Id<OrderId>,
    header: IdempotencyHeader,
    body: Body<ShipOrder>,
) -> Result<Response> {
    let path = format!("/api/orders/{order}/fulfilments");
    let key = header.key(caller.id, "fulfilments", &path, &body.bytes);
    let ShipOrder { items, carrier, tracking_number, tracking_url } = body.value;
    let tracking = Tracking { carrier, number: tracking_number, url: tracking_url };
    let shipped = app.checkout.ship(key.as_ref(), ShipmentRequest { order, items, tracking }).await?;
    Ok(respond(shipped, |fulfilment| Ok(Created { location: format!("/api/orders/{order}"), value: fulfilment })))
}

/// What a shipment can become.
#[derive(Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
enum NextFulfilmentStatus {
    Delivered,
}

/// The next status of a shipment.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateFulfilment {
    #[expect(dead_code, reason = "there is one value: reading the body checks it")]
    status: NextFulfilmentStatus,
}

/// Mark a shipment as delivered
///
/// When all of the order was shipped and has arrived, the order is `delivered`. A shipment that was
/// delivered before stays as it is.
#[utoipa::path(
    put, path = "/api/orders/{id}/fulfilments/{fulfilmentId}", request_body = UpdateFulfilment,
    params(("id" = OrderId, Path), ("fulfilmentId" = FulfilmentId, Path, description = "The shipment")),
    responses(
        (status = 200, body = Fulfilment),
        (status = 404, body = web::ProblemBody, content_type = "application/problem+json"),
        (status = 409, body = web::ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn deliver_fulfilment(
    State(app): State<App>,
    _admin: Admin,
    Ids(order, fulfilment): Ids<OrderId, FulfilmentId>,
    _body: Body<UpdateFulfilment>,
) -> Result<Resource<Fulfilment>> {
    Ok(Resource(app.checkout.deliver(order, fulfilment).await?))
}
