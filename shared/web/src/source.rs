//! Where a request came from: told by what carried it, never by a header the client wrote.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::ops::BitOr;

use axum::extract::{ConnectInfo, FromRequestParts};
use http::request::Parts;
use http::{HeaderMap, HeaderName};
use lambda_http::request::RequestContext;
use runtime::{ExposeSecret, SecretString, Vars};
use subtle::{Choice, ConstantTimeEq};

/// The edge's key, which only it and we know. CloudFront adds no header whose name begins with
/// `X-Edge-` or `X-Amz-`.
const EDGE_KEY: HeaderName = HeaderName::from_static("x-origin-key");
/// The address that the edge saw; it overwrites whatever a client sent under this name.
const VIEWER: HeaderName = HeaderName::from_static("x-viewer-address");

/// The edge (CloudFront) before the front door. To the front door every request through it has
/// one of the edge's own addresses: limits would count strangers together. So the edge says whose
/// request it is, and is believed where it shows its key. Where there is an edge, nothing else may
/// come in: what filters requests there (a firewall) could be walked around.
#[derive(Clone, Default)]
pub struct Edge(Option<SecretString>);

impl Edge {
    /// The header in which the edge shows its key.
    pub const HEADER: HeaderName = EDGE_KEY;
    /// The header in which it says who asks.
    pub const VIEWER: HeaderName = VIEWER;

    /// Reads `EDGE_KEY`; without one there is no edge, and no header is believed. While the key is
    /// changed it is two, `old,new`: the edge may show either or both.
    pub fn read(vars: &Vars) -> Self {
        Self(vars.secret("EDGE_KEY").ok())
    }

    /// Whether a request may come in: it came through the edge, or there is none.
    pub(crate) fn admits(&self, headers: &HeaderMap) -> bool {
        self.0.is_none() || self.carried(headers)
    }

    /// Whether a request came through the edge.
    fn carried(&self, headers: &HeaderMap) -> bool {
        let (Some(known), Some(shown)) = (&self.0, headers.get(EDGE_KEY)) else { return false };
        let known = || known.expose_secret().split(',').map(str::trim).filter(|key| !key.is_empty());
        let shown = shown.as_bytes().split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
        // All are compared, so that the time tells nothing of which is right.
        shown
            .flat_map(|shown| known().map(move |key| key.as_bytes().ct_eq(shown)))
            .fold(Choice::from(0), BitOr::bitor)
            .into()
    }

    /// The address that the edge saw, if the request came through it.
    fn viewer(&self, parts: &Parts) -> Option<String> {
        let address: IpAddr = parts.headers.get(VIEWER)?.to_str().ok()?.trim().parse().ok()?;
        self.carried(&parts.headers).then(|| address.to_string())
    }
}

/// The client's address, for rate limits.
#[derive(Clone, Debug)]
pub struct Source(pub String);

impl Source {
    /// Where a request came from: as the edge says, if it shows its key, else as the carrier does.
    pub(crate) fn of(edge: &Edge, parts: &Parts) -> Self {
        let carrier = || match parts.extensions.get::<RequestContext>() {
            Some(RequestContext::ApiGatewayV2(context)) => context.http.source_ip.clone(),
            Some(RequestContext::ApiGatewayV1(context)) => context.identity.source_ip.clone(),
            Some(RequestContext::Alb(_)) => last_forwarded(parts),
            _ => parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip().to_string()),
        };
        let address = edge.viewer(parts).or_else(carrier);
        Self(address.unwrap_or_else(|| "unknown".to_owned()))
    }

    /// One customer of an internet provider: an IPv4 address, or an IPv6 /64, out of which a single
    /// machine can take as many addresses as it likes.
    pub fn network(&self) -> String {
        match self.0.parse::<IpAddr>().map(|address| address.to_canonical()) {
            Ok(IpAddr::V4(address)) => address.to_string(),
            Ok(IpAddr::V6(address)) => {
                let [a, b, c, d, ..] = address.segments();
                format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
            // Whatever could not be told apart shares one limit.
            Err(_) => "unknown".to_owned(),
        }
    }
}

impl<S: AsRef<Edge> + Send + Sync> FromRequestParts<S> for Source {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        Ok(Self::of(state.as_ref(), parts))
    }
}

/// An ALB appends the address that it saw: only the last entry is its own.
fn last_forwarded(parts: &Parts) -> Option<String> {
    let header = parts.headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    header.rsplit(',').next().map(|address| address.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct State(Edge);

    impl AsRef<Edge> for State {
        fn as_ref(&self) -> &Edge {
            &self.0
        }
    }

    /// The source of a request that 192.0.2.1 carried, with these headers.
    async fn source(edge: &Edge, headers: &[(&str, &str)]) -> String {
        let mut request = http::Request::builder();
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        parts.extensions.insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 443))));
        Source::from_request_parts(&mut parts, &State(edge.clone())).await.unwrap().0
    }

    #[test]
    fn an_address_is_counted_by_its_network() {
        let network = |address: &str| Source(address.to_owned()).network();
        assert_eq!(network("192.0.2.7"), network("::ffff:192.0.2.7"));
        assert_ne!(network("192.0.2.7"), network("192.0.2.8"));
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::9"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_eq!(network("unknown"), network("<script>"));
    }

    #[tokio::test]
    async fn the_edge_is_believed_with_its_key_and_nobody_else() {
        let edge = Edge::read(&Vars::from_iter([("EDGE_KEY", "the key")]));
        let (key, viewer) = (("x-origin-key", "the key"), ("x-viewer-address", "203.0.113.7"));
        assert_eq!(source(&edge, &[key, viewer]).await, "203.0.113.7");
        assert_eq!(source(&edge, &[key, ("x-viewer-address", "2001:db8::7")]).await, "2001:db8::7");
        for headers in [
            vec![],
            vec![viewer],
            vec![("x-origin-key", "a guess"), viewer],
            vec![("x-origin-key", ""), viewer],
            vec![key],
            vec![key, ("x-viewer-address", "somebody")],
        ] {
            assert_eq!(source(&edge, &headers).await, "192.0.2.1", "{headers:?}");
        }
        for without in [Edge::default(), Edge::read(&Vars::from_iter([("EDGE_KEY", "")]))] {
            assert_eq!(source(&without, &[("x-origin-key", ""), viewer]).await, "192.0.2.1");
            assert_eq!(source(&without, &[key, viewer]).await, "192.0.2.1");
        }
    }
    #[test]
    fn where_there_is_an_edge_nothing_else_comes_in() {
        let headers = |key: Option<&'static str>| {
            key.map(|key| (EDGE_KEY, http::HeaderValue::from_static(key))).into_iter().collect::<HeaderMap>()
        };
        let edge = |key| Edge::read(&Vars::from_iter([("EDGE_KEY", key)]));
        for (known, shown, admitted) in [
            ("", None, true),
            ("", Some("anything"), true),
            ("the key", Some("the key"), true),
            ("the key", None, false),
            ("the key", Some(""), false),
            ("the key", Some("the ke"), false),
            ("the key", Some("a guess"), false),
            // While it is changed: each half of the shop may be a step ahead of the other.
            ("old,new", Some("old"), true),
            ("old,new", Some("old,new"), true),
            ("old", Some("old,new"), true),
            ("new", Some("old,new"), true),
            ("new", Some("old"), false),
            ("old,", Some(""), false),
            ("old,", Some(","), false),
        ] {
            assert_eq!(edge(known).admits(&headers(shown)), admitted, "{known:?} knows, {shown:?} is shown");
        }
    }
}
