//! `POST /api/orders/{id}/returns`, `PUT /api/orders/{id}/returns/{returnId}` and `GET /api/orders/returns`

use axum::extract::State;
use axum::http::Uri;
use axum::response::Response;
use checkout::{ReturnDecision, ReturnRequest};
use domain::orders::{Basket, BasketLine, Return, ReturnNote, ReturnReason, ReturnStatus};
use domain::{Cursor, DecodedCursor, OrderId, PageSize, Problem, ReturnId};
use serde::Deserialize;
use store_postgres::returns;
use web::{Admin, Body, Created, Customer, Id, IdempotencyHeader, Ids, List, Query, Resource, Result, respond};

use crate::App;

/// What is to come back, and why.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RequestReturn {
    /// The pieces, 1 to 50 lines; several lines of one product are summed.
    #[schema(value_type = Vec<BasketLine>, min_items = 1, max_items = 50)]
    items: Basket,
    reason: ReturnReason,
}

/// Request a return
///
/// Only of pieces that were shipped and are in no other return: 409 `too_many_pieces` carries the `items`
/// of which fewer are left, and 409 `illegal_transition` says that nothing was shipped. The owner may
/// request it until the shop's return days after the last delivery are over: then 409 `return_period_over`
/// with `until`. An admin always may.
#[utoipa::path(
    post, path = "/api/orders/{id}/returns", request_body = RequestReturn,
    params(("id" = OrderId, Path), IdempotencyHeader),
    responses(
        (status = 201, body = Return),
        (status = 404, body = web::ProblemBody, content_type = "application/problem+json"),
        (status = 409, body = web::ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn request_return(
    State(app): State<App>,
    caller: Customer,
    Id(order): Id<OrderId>,
    header: IdempotencyHeader,
    body: Body<RequestReturn>,
) -> Result<Response> {
    let path = format!("/api/orders/{order}/returns");
    let key = header.key(caller.id, "returns", &path, &body.bytes);
    let RequestReturn { items, reason } = body.value;
    let owner = (!caller.is_admin()).then_some(caller.id);
    let requested = app.checkout.request_return(key.as_ref(), ReturnRequest { order, owner, items, reason }).await?;
    Ok(respond(requested, |value| Ok(Created { location: format!("/api/orders/{order}"), value })))
}

/// What a return can become.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
enum NextReturnStatus {
    Approved,
    Rejected,
    Received,
}

/// The shop's decision about a return.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateReturn {
    /// For the customer. The one before stays when it is omitted.
    note: Option<ReturnNote>,
    /// Which of its pieces go back on sale, 1 to 50 lines; none when omitted. Only with `received`.
    #[schema(value_type = Option<Vec<BasketLine>>, min_items = 1, max_items = 50)]
    restock: Option<Basket>,
    status: NextReturnStatus,
}

/// Approve, decline or receive a return
///
/// Receiving it refunds those of its pieces that were not refunded yet, with their discount and their
/// tax; and the shipping, once, when with it the whole order is back. The status that a return has
/// already changes nothing. 409 `illegal_transition` when its status does not allow the update; 409
/// `too_many_pieces` when `restock` has more pieces than the return.
#[utoipa::path(
    put, path = "/api/orders/{id}/returns/{returnId}", request_body = UpdateReturn,
    params(("id" = OrderId, Path), ("returnId" = ReturnId, Path, description = "The return")),
    responses(
        (status = 200, body = Return),
        (status = 404, body = web::ProblemBody, content_type = "application/problem+json"),
        (status = 409, body = web::ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn update_return(
    State(app): State<App>,
    _admin: Admin,
    Ids(order, id): Ids<OrderId, ReturnId>,
    body: Body<UpdateReturn>,
) -> Result<Resource<Return>> {
    let UpdateReturn { note, restock, status } = body.value;
    if restock.is_some() && status != NextReturnStatus::Received {
        return Err(Problem::invalid_field("restock", "is only for a received return").into());
    }
    let status = match status {
        NextReturnStatus::Approved => ReturnStatus::Approved,
        NextReturnStatus::Rejected => ReturnStatus::Rejected,
        NextReturnStatus::Received => ReturnStatus::Received,
    };
    Ok(Resource(app.checkout.decide_return(ReturnDecision { order, id, status, note, restock }).await?))
}

/// Filter and page of the list.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListReturnsQuery {
    /// Only returns with this status.
    status: Option<ReturnStatus>,
    /// The most returns of a page, 50 by default.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: PageSize,
    /// From the `Link` header of the previous page.
    #[param(inline, value_type = Option<Cursor>)]
    cursor: Option<DecodedCursor<ReturnId>>,
}

/// List the returns of all orders, newest first
#[utoipa::path(
    get, path = "/api/orders/returns", params(ListReturnsQuery),
    responses((status = 200, body = Vec<Return>))
)]
pub(crate) async fn list_returns(
    State(app): State<App>,
    _admin: Admin,
    uri: Uri,
    Query(query): Query<ListReturnsQuery>,
) -> Result<List<Return>> {
    let before = query.cursor.map(|cursor| cursor.into_key(|_| true)).transpose()?;
    let mut db = app.checkout.orders().acquire().await?;
    let page = returns::list(&mut db, query.status, before, query.limit).await?;
    Ok(List::new(&uri, &page))
}
