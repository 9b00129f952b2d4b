//! The address of the client: from the event source or the edge, never from a header that the
//! client wrote.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::ops::BitOr;

use axum::extract::{ConnectInfo, FromRequestParts};
use http::request::Parts;
use http::{HeaderMap, HeaderName};
use lambda_http::request::RequestContext;
use runtime::{Env, ExposeSecret, SecretString};
use subtle::{Choice, ConstantTimeEq};

/// The secret key of the edge. CloudFront adds no header of its own that begins with `X-Edge-` or
/// `X-Amz-`.
const ORIGIN_KEY: HeaderName = HeaderName::from_static("x-origin-key");
/// The address that the edge saw; it overwrites whatever a client sent under this name.
const VIEWER_ADDRESS: HeaderName = HeaderName::from_static("x-viewer-address");

/// The edge (CloudFront) in front of the API. Every request through it arrives from one of the
/// edge's own addresses: limits would count unrelated clients together. So the edge sends the
/// client's address, which is trusted if the edge also sends its key. If an edge is configured,
/// requests that bypass it are rejected: otherwise its filters (a firewall) could be bypassed.
#[derive(Clone, Default)]
pub struct OriginKey(Option<SecretString>);

impl OriginKey {
    /// The header in which the edge sends its key.
    pub const HEADER: HeaderName = ORIGIN_KEY;
    /// The header in which the edge sends the client's address.
    pub const VIEWER_HEADER: HeaderName = VIEWER_ADDRESS;

    /// Reads `EDGE_KEY`; without one there is no edge, and no header is trusted. During a rotation
    /// it holds two keys, `old,new`: the edge may send either or both.
    pub fn from_env(env: &Env) -> Self {
        Self(env.secret("EDGE_KEY").ok())
    }

    /// Whether a request is accepted: it came through the edge, or no edge is configured.
    pub(crate) fn allows(&self, headers: &HeaderMap) -> bool {
        self.0.is_none() || self.is_shown_in(headers)
    }

    /// Whether a request came through the edge.
    fn is_shown_in(&self, headers: &HeaderMap) -> bool {
        let (Some(known), Some(shown)) = (&self.0, headers.get(ORIGIN_KEY)) else { return false };
        let known = || known.expose_secret().split(',').map(str::trim).filter(|key| !key.is_empty());
        let shown = shown.as_bytes().split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
        // All keys are compared, so that the timing does not reveal which one matches.
        shown
            .flat_map(|shown| known().map(move |key| key.as_bytes().ct_eq(shown)))
            .fold(Choice::from(0), BitOr::bitor)
            .into()
    }

    /// The address that the edge saw, if the request came through it.
    fn viewer_address(&self, parts: &Parts) -> Option<String> {
        let address: IpAddr = parts.headers.get(VIEWER_ADDRESS)?.to_str().ok()?.trim().parse().ok()?;
        self.is_shown_in(&parts.headers).then(|| address.to_string())
    }
}

/// The client's address, for rate limits.
#[derive(Clone, Debug)]
pub struct ClientIp(pub String);

impl ClientIp {
    /// The address of the client: from the edge, if it sends its key, else from the event source.
    pub(crate) fn from_request(edge: &OriginKey, parts: &Parts) -> Self {
        let carrier = || match parts.extensions.get::<RequestContext>() {
            Some(RequestContext::ApiGatewayV2(context)) => context.http.source_ip.clone(),
            Some(RequestContext::ApiGatewayV1(context)) => context.identity.source_ip.clone(),
            Some(RequestContext::Alb(_)) => last_forwarded_for(parts),
            _ => parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip().to_string()),
        };
        let address = edge.viewer_address(parts).or_else(carrier);
        Self(address.unwrap_or_else(|| "unknown".to_owned()))
    }

    /// One customer of an internet provider: an IPv4 address, or an IPv6 /64, from which a single
    /// machine can use any number of addresses.
    pub fn network(&self) -> String {
        match self.0.parse::<IpAddr>().map(|address| address.to_canonical()) {
            Ok(IpAddr::V4(address)) => address.to_string(),
            Ok(IpAddr::V6(address)) => {
                let [a, b, c, d, ..] = address.segments();
                format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
            // All clients that cannot be told apart share one limit.
            Err(_) => "unknown".to_owned(),
        }
    }
}

impl<S: AsRef<OriginKey> + Send + Sync> FromRequestParts<S> for ClientIp {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        Ok(Self::from_request(state.as_ref(), parts))
    }
}

/// An ALB appends the address that it saw: only the last entry is its own.
fn last_forwarded_for(parts: &Parts) -> Option<String> {
    let header = parts.headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    header.rsplit(',').next().map(|address| address.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct State(OriginKey);

    impl AsRef<OriginKey> for State {
        fn as_ref(&self) -> &OriginKey {
            &self.0
        }
    }

    /// The client address of a request with these headers from 192.0.2.1.
    async fn client_ip(edge: &OriginKey, headers: &[(&str, &str)]) -> String {
        let mut request = http::Request::builder();
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        parts.extensions.insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 443))));
        ClientIp::from_request_parts(&mut parts, &State(edge.clone())).await.unwrap().0
    }

    #[test]
    fn an_address_is_counted_by_its_network() {
        let network = |address: &str| ClientIp(address.to_owned()).network();
        assert_eq!(network("192.0.2.7"), network("::ffff:192.0.2.7"));
        assert_ne!(network("192.0.2.7"), network("192.0.2.8"));
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::9"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_eq!(network("unknown"), network("<script>"));
    }

    #[tokio::test]
    async fn the_edge_is_trusted_only_with_its_key() {
        let edge = OriginKey::from_env(&Env::from_iter([("EDGE_KEY", "the key")]));
        let (key, viewer) = (("x-origin-key", "the key"), ("x-viewer-address", "203.0.113.7"));
        assert_eq!(client_ip(&edge, &[key, viewer]).await, "203.0.113.7");
        assert_eq!(client_ip(&edge, &[key, ("x-viewer-address", "2001:db8::7")]).await, "2001:db8::7");
        for headers in [
            vec![],
            vec![viewer],
            vec![("x-origin-key", "a guess"), viewer],
            vec![("x-origin-key", ""), viewer],
            vec![key],
            vec![key, ("x-viewer-address", "somebody")],
        ] {
            assert_eq!(client_ip(&edge, &headers).await, "192.0.2.1", "{headers:?}");
        }
        for without in [OriginKey::default(), OriginKey::from_env(&Env::from_iter([("EDGE_KEY", "")]))] {
            assert_eq!(client_ip(&without, &[("x-origin-key", ""), viewer]).await, "192.0.2.1");
            assert_eq!(client_ip(&without, &[key, viewer]).await, "192.0.2.1");
        }
    }
    #[test]
    fn with_an_origin_key_only_requests_from_the_edge_are_allowed() {
        let headers = |key: Option<&'static str>| {
            key.map(|key| (ORIGIN_KEY, http::HeaderValue::from_static(key))).into_iter().collect::<HeaderMap>()
        };
        let edge = |key| OriginKey::from_env(&Env::from_iter([("EDGE_KEY", key)]));
        for (known, shown, admitted) in [
            ("", None, true),
            ("", Some("anything"), true),
            ("the key", Some("the key"), true),
            ("the key", None, false),
            ("the key", Some(""), false),
            ("the key", Some("the ke"), false),
            ("the key", Some("a guess"), false),
            // During a rotation either side may be a step ahead of the other.
            ("old,new", Some("old"), true),
            ("old,new", Some("old,new"), true),
            ("old", Some("old,new"), true),
            ("new", Some("old,new"), true),
            ("new", Some("old"), false),
            ("old,", Some(""), false),
            ("old,", Some(","), false),
        ] {
            assert_eq!(edge(known).allows(&headers(shown)), admitted, "{known:?} knows, {shown:?} is shown");
        }
    }
}
