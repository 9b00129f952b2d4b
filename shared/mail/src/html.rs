//! HTML in which nothing but this program's own text is markup.

/// A document under construction. Markup is `&'static str`, so it stands in the source; every other
/// text is escaped.
#[derive(Clone, Debug, Default)]
pub struct Html(String);

impl Html {
    /// Adds markup as it is.
    pub fn markup(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Adds text between tags, or as the value of an attribute in double quotes.
    pub fn text(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                '\n' | '\t' => self.0.push(c),
                // HTML has no form for control characters.
                c if c.is_control() => self.0.push(' '),
                c => self.0.push(c),
            }
        }
        self
    }

    /// Adds text whose line breaks stay visible.
    pub fn lines(&mut self, text: &str) -> &mut Self {
        for (n, line) in text.lines().enumerate() {
            if n > 0 {
                self.markup("<br>");
            }
            self.text(line);
        }
        self
    }

    /// Adds a text that is a link if it is an address of the web, and nothing but text otherwise:
    /// `javascript:` is no address.
    pub fn text_or_link(&mut self, text: &str) -> &mut Self {
        if !is_web_address(text) {
            return self.text(text);
        }
        self.markup("<a href=\"").text(text).markup("\" target=\"_blank\" rel=\"noopener\">").text(text).markup("</a>")
    }

    pub fn into_string(self) -> String {
        self.0
    }
}

/// Whether a text is one address of a web page.
pub(crate) fn is_web_address(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(char::is_whitespace))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(add: impl FnOnce(&mut Html) -> &mut Html) -> String {
        let mut html = Html::default();
        add(&mut html);
        html.into_string()
    }

    #[test]
    fn text_is_escaped_between_tags_and_in_attributes() {
        let hostile = "</td><script>alert('x' & \"y\")</script>\u{0}\u{1b}";
        let escaped = "&lt;/td&gt;&lt;script&gt;alert(&#39;x&#39; &amp; &quot;y&quot;)&lt;/script&gt;  ";
        assert_eq!(html(|html| html.markup("<b>").text(hostile).markup("</b>")), format!("<b>{escaped}</b>"));
        assert_eq!(html(|html| html.lines("a<\r\nb\n\nc")), "a&lt;<br>b<br><br>c");
    }

    #[test]
    fn only_addresses_of_the_web_become_links() {
        let linked = html(|html| html.text_or_link("https://track.example/?a=1&b=\"2\""));
        let address = "https://track.example/?a=1&amp;b=&quot;2&quot;";
        assert_eq!(linked, format!("<a href=\"{address}\" target=\"_blank\" rel=\"noopener\">{address}</a>"));
        for text in ["javascript:alert(1)", "data:text/html,x", "https://", "https://a b", "//track.example", "0034"] {
            assert!(!html(|html| html.text_or_link(text)).contains("<a"), "{text}");
        }
    }
}
