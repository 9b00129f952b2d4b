//! Links to pictures, checked by a URL parser.

use serde::{Deserialize, Serialize};
use url::Url;

use crate::text::InvalidText;

/// A link to a picture: an `http(s)` address or a path of this site. Never fetched by the server.
/// Stored as the URL parser writes it, so that a browser reads what was checked here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(
    value_type = String,
    min_length = 1,
    max_length = 500,
    pattern = "^([Hh][Tt][Tt][Pp][Ss]?://([A-Za-z0-9]+\\.)*[A-Za-z][A-Za-z0-9]*(:[0-9]{1,4})?([/?#][!#-&(-;=?-\\[\\]_a-z~]*)?|/([!#-&(-.0-;=?-\\[\\]_a-z~][!#-&(-;=?-\\[\\]_a-z~]*)?)$"
)]
pub struct ImageLink(String);

impl ImageLink {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ImageLink {
    type Error = InvalidText;
    fn try_from(text: String) -> Result<Self, InvalidText> {
        let text = crate::text::one_line(&text, 1, MAX_LINK_CHARS)?;
        let rejected = || InvalidText("must be an http or https URL, or a path that starts with /".to_owned());
        // Parsers skip some of these characters and read others as a slash: without them a link
        // cannot be read in two ways.
        if text.contains(|c: char| c.is_whitespace() || "\"'<>\\".contains(c)) {
            return Err(rejected());
        }
        let link = match text.starts_with('/') {
            true => site_path(&text),
            false => web_link(&text),
        };
        let link = link.ok_or_else(rejected)?;
        if link.len() > MAX_LINK_CHARS {
            return Err(InvalidText(format!("must be at most {MAX_LINK_CHARS} characters long when percent-encoded")));
        }
        Ok(Self(link))
    }
}

/// The column of productdb is no longer than this.
const MAX_LINK_CHARS: usize = 500;

/// With a host of its own and no credentials. (The parser would find a host in `http:/x` too.)
fn web_link(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    let web = ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
    let url = Url::parse(text).ok().filter(|_| web && !rest.starts_with(['/', '?', '#']))?;
    let anonymous = url.username().is_empty() && url.password().is_none() && !authority(rest).contains('@');
    (url.has_host() && anonymous).then(|| url.into())
}

fn authority(rest: &str) -> &str {
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

/// A path of this site, whatever its host: text that could be read as another host is rejected.
fn site_path(text: &str) -> Option<String> {
    let site = Url::parse("https://site.invalid/").ok()?;
    let url = site.join(text).ok().filter(|url| url.origin() == site.origin() && url.username().is_empty())?;
    let path = &url[url::Position::BeforePath..];
    (!path.starts_with("//")).then(|| path.to_owned())
}

impl From<ImageLink> for String {
    fn from(link: ImageLink) -> String {
        link.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_a_web_link_or_a_path_of_ours() {
        let link = |text: &str| ImageLink::try_from(text.to_owned());
        for good in
            ["https://cdn.example.org/a.png", "http://a.b/c?d=e#f", "/images/tea.svg", "/", "http://[::1]:8080/a"]
        {
            assert_eq!(link(good).map(String::from).as_deref(), Ok(good));
        }
        let written = [
            ("HTTPS://Example.com/x", "https://example.com/x"),
            ("http://example.com", "http://example.com/"),
            ("https://bücher.example/ü", "https://xn--bcher-kva.example/%C3%BC"),
            ("/a/../b", "/b"),
        ];
        for (given, kept) in written {
            assert_eq!(link(given).map(String::from).as_deref(), Ok(kept));
        }
        for bad in [
            "javascript:alert(1)",
            "data:image/png;base64,AA",
            "//evil.example",
            "file:///etc/passwd",
            "ftp://a",
            "",
            "/a b",
            "/\"><script>",
            "https://",
            "http://?",
            "http://#",
            "http:///path",
            "http:/a.b",
            "https:a.b",
            "http://ada@a.b/",
            "http://ada:secret@a.b/",
            "http://@a.b/",
            "http://:80/",
            "http://a.b:99999/",
            "http://exa mple.org/",
            "http://a\u{200b}.b/",
            "http://a%00.b/",
            "/.//evil.example",
            "/\\evil.example",
            "a.png",
        ] {
            assert!(link(bad).is_err(), "{bad}");
        }
    }
}
