//! `POST` and `DELETE /api/orders/{id}/link`: the link that shows one order without a login. The same
//! link as in mails, for another time.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::users::LinkToken;
use domain::{OrderId, Problem, Timestamp};
use runtime::SecurityEvent;
use serde::{Deserialize, Serialize};
use store_postgres::order_links::{self, OrderLinks};
use tokens::links::ORDER_LINK_SECONDS;
use web::{Buyer, Id, Json, NoContent, Result};

use crate::App;

/// A link that shows one order.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrderLink {
    /// For `GET /api/orders/{id}?key=…`.
    key: String,
    /// The order's page in the storefront, as a path.
    url: String,
    expires_at: Timestamp,
}

/// The key of a link.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct LinkQuery {
    /// From a link to the order, instead of a token.
    #[param(inline)]
    pub(crate) key: Option<LinkToken>,
}

/// Make a link that shows an order without a login
///
/// It shows this order alone, for 90 days or until the order's links are revoked.
#[utoipa::path(
    post, path = "/api/orders/{id}/link", params(("id" = OrderId, Path)),
    responses(
        (status = 201, body = OrderLink),
        (status = 404, body = web::ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn make_link(State(app): State<App>, caller: Buyer, Id(id): Id<OrderId>) -> Result<Response> {
    let links = app.find_links(&caller, id).await?;
    // A link of the very millisecond in which others were revoked is not one of them.
    let issued_at = links.valid_from.map_or(app.clock.now(), |from| from.max(app.clock.now()));
    let key = app.links.order_key(id, issued_at);
    let url = format!("/orders/{id}?key={key}");
    let location = format!("/api{url}");
    let link = OrderLink { key, url, expires_at: issued_at.plus_seconds(ORDER_LINK_SECONDS) };
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(link)).into_response())
}

/// Revoke all links of an order
///
/// Those in mails, too. Links that are made later are valid.
#[utoipa::path(
    delete, path = "/api/orders/{id}/link", params(("id" = OrderId, Path)),
    responses(
        (status = 204, description = "No link from before shows the order"),
        (status = 404, body = web::ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn revoke_links(State(app): State<App>, caller: Buyer, Id(id): Id<OrderId>) -> Result<NoContent> {
    app.find_links(&caller, id).await?;
    let after_now = Timestamp::from_millis(app.clock.now().millis() + 1);
    order_links::revoke(&mut app.checkout.orders().acquire().await?, id, after_now).await?;
    Ok(NoContent)
}

impl App {
    async fn find_links(&self, caller: &Buyer, id: OrderId) -> Result<OrderLinks, Problem> {
        let found = order_links::find(&mut self.checkout.orders().acquire().await?, id).await?;
        found.filter(|links| caller.may_see(links.owner)).ok_or_else(|| Problem::not_found("order"))
    }

    /// Whether a link's key opens this order now.
    pub(crate) async fn accepts_key(&self, id: OrderId, key: &LinkToken) -> Result<bool, Problem> {
        let Some(issued_at) = self.links.check_order_key(key.as_str(), id, self.clock.now()) else {
            SecurityEvent::TokenExpired.record(None, "the link of an order is wrong or has expired");
            return Ok(false);
        };
        let found = order_links::find(&mut self.checkout.orders().acquire().await?, id).await?;
        let accepted = found.is_some_and(|links| links.accepts(issued_at));
        if !accepted {
            SecurityEvent::TokenExpired.record(None, "the link of an order was revoked");
        }
        Ok(accepted)
    }
}
