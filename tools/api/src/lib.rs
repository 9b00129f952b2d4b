//! The API as one table: the endpoint groups ([`for_each_group`]), their routes and the document of
//! all of them ([`document`]).
//!
//! The document adds what no group can know: the title, the server, how to log in, and the server's
//! own routes. Serves nothing; `tools/local` does.

mod generated;
mod groups;
mod merge;
mod rate_limits;
mod routes;
mod samples;
mod shop_routes;

use serde_json::Value;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, ServerBuilder};

pub use generated::generated_files;
pub use groups::*;
pub use routes::{Repeat, Route, routes};
pub use samples::{Caller, SampleRequest, SampleShop, Samples};
pub use web::Access;

const DESCRIPTION: &str = "A shop. Sign up or log in under `users`, send the token as \
    `Authorization: Bearer …`, and buy under `orders`. Money is a number with at most two decimals. \
    Lists are bare arrays; while there is more, `Link` names the next page. Every response that is no \
    success is a problem (RFC 9457) whose `code` is stable; one of a bad request names all bad fields \
    of the body or the query in `errors`.";

/// The whole document, the same bytes for the same code.
pub fn document() -> Value {
    let groups = group_documents();
    let about_groups = groups.each_ref().map(|(name, about, _)| (*name, *about));
    let mut all = merge::MergedDocument::new(&base_document(&about_groups));
    for (name, _, api) in &groups {
        all.add_group(name, api);
    }
    all.finish()
}

fn base_document(groups: &[(&str, &str)]) -> OpenApi {
    let license = LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build();
    let info = InfoBuilder::new()
        .title("Shop")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(format!("{DESCRIPTION}\n\n{}", rate_limits::markdown_table())))
        .license(Some(license));
    let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    let tag = |(name, about): &(&str, &str)| TagBuilder::new().name(*name).description(Some(*about)).build();
    let tags = groups.iter().map(tag).chain([shop_routes::shop_tag()]);
    OpenApiBuilder::new()
        .info(info.build())
        .servers(Some([ServerBuilder::new().url("/").build()]))
        .components(Some(ComponentsBuilder::new().security_scheme("bearer", bearer).build()))
        .tags(Some(tags))
        .paths(shop_routes::shop_paths())
        .build()
}
