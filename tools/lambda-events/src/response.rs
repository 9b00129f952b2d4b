use anyhow::{Context, bail};
use api_client::ApiResponse;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderName, StatusCode};
use serde_json::Value;

use crate::EventSource;

/// The largest output that a load balancer accepts, in bytes; for more it answers 502.
const ALB_MAX_RESPONSE_BYTES: usize = 1_000_000;

pub(crate) fn parse(source: EventSource, output: &Value) -> anyhow::Result<ApiResponse> {
    let status = output["statusCode"].as_u64().and_then(|status| u16::try_from(status).ok());
    let status = StatusCode::from_u16(status.context("no statusCode")?)?;
    if matches!(source, EventSource::Alb | EventSource::AlbMultiValue) {
        check_alb_output(output)?;
    }
    let text = output["body"].as_str().unwrap_or_default();
    let is_base64 = output["isBase64Encoded"].as_bool().unwrap_or_default();
    let bytes = if is_base64 { STANDARD.decode(text)? } else { text.as_bytes().to_vec() };
    Ok(ApiResponse { status, headers: headers(source, output)?, bytes: bytes.into() })
}

fn check_alb_output(output: &Value) -> anyhow::Result<()> {
    if !output["isBase64Encoded"].is_boolean() {
        bail!("a load balancer requires isBase64Encoded");
    }
    let bytes = output.to_string().len();
    if bytes > ALB_MAX_RESPONSE_BYTES {
        bail!("a load balancer does not accept {bytes} bytes");
    }
    Ok(())
}

/// Several values of a name are joined to one, so that responses from all event sources compare.
fn headers(source: EventSource, output: &Value) -> anyhow::Result<HeaderMap> {
    let (single, multiple) = (output["headers"].as_object(), output["multiValueHeaders"].as_object());
    let mut headers = HeaderMap::new();
    if source == EventSource::AlbMultiValue
        || source == EventSource::RestApi && multiple.is_some_and(|multiple| !multiple.is_empty())
    {
        for (name, values) in multiple.context("no multiValueHeaders")? {
            let values = values.as_array().context("a header that is not a list")?.iter().filter_map(Value::as_str);
            headers.insert(name.parse::<HeaderName>()?, values.collect::<Vec<_>>().join(", ").parse()?);
        }
    } else {
        for (name, value) in single.context("no headers")? {
            let value = value.as_str().context("a header that is not text")?;
            headers.insert(name.parse::<HeaderName>()?, value.parse()?);
        }
    }
    // The HTTP API takes cookies from this list, and from no header.
    let cookies: Vec<&str> = output["cookies"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if source == EventSource::HttpApi && !cookies.is_empty() {
        headers.insert(SET_COOKIE, cookies.join(", ").parse()?);
    }
    Ok(headers)
}
