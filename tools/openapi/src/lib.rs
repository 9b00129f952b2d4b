//! The OpenAPI document of the whole API: every group's own, in one.
//!
//! Adds what no group can know: the title, the server, how one signs in, and the front door's own
//! routes. Serves nothing; `tools/local` does.

mod merge;
mod rate_limits;
mod shop_routes;

use serde_json::Value;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, ServerBuilder};

/// An endpoint group: its name, what it is about, its document.
type EndpointGroup = (&'static str, &'static str, fn() -> OpenApi);

/// The endpoint groups, in the order in which they are shown.
const GROUPS: [EndpointGroup; 8] = [
    ("users", "Accounts, logins and sessions", users::api),
    ("products", "The catalogue", products::api),
    ("orders", "Buying", orders::api),
    ("payments", "Paying again, and refunds", payments::api),
    ("inventory", "Stock", inventory::api),
    ("notifications", "What customers are told", notifications::api),
    ("reviews", "What customers say", reviews::api),
    ("analytics", "What happens in the shop", analytics::api),
];

const DESCRIPTION: &str = "A shop. Sign up or log in under `users`, send the token as \
    `Authorization: Bearer …`, and buy under `orders`. Money is a number with at most two decimals. \
    Lists are bare arrays; while there is more, `Link` names the next page. Every answer that is no \
    success is a problem (RFC 9457) whose `code` is stable; one of a bad request names all bad fields \
    of the body or the query in `errors`.";

/// The whole document, the same bytes for the same code.
pub fn document() -> Value {
    let mut all = merge::MergedDocument::new(&base_document());
    for (name, _, api) in GROUPS {
        all.add_group(name, &api());
    }
    all.finish()
}

fn base_document() -> OpenApi {
    let license = LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build();
    let info = InfoBuilder::new()
        .title("Shop")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(format!("{DESCRIPTION}\n\n{}", rate_limits::markdown_table())))
        .license(Some(license));
    let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    let tag = |(name, about, _): EndpointGroup| TagBuilder::new().name(name).description(Some(about)).build();
    let tags = GROUPS.into_iter().map(tag).chain([shop_routes::shop_tag()]);
    OpenApiBuilder::new()
        .info(info.build())
        .servers(Some([ServerBuilder::new().url("/").build()]))
        .components(Some(ComponentsBuilder::new().security_scheme("bearer", bearer).build()))
        .tags(Some(tags))
        .paths(shop_routes::shop_paths())
        .build()
}
