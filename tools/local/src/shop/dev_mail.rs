//! `GET /dev/mail`: the mails that the shop would have sent, for developers. They are files of this
//! machine (`MAIL_DIRECTORY`).

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::Problem;
use http::header;
use mail::{Html, MailDirectory, StoredMail};
use web::ApiError;

/// A mail has inline styles, and the frame that shows it inherits this policy. Nothing is loaded and
/// nothing runs.
const CSP: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";
const HEAD: &str = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
    <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<style>\
    body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }\
    td, th { text-align: left; padding: .25rem 1rem .25rem 0 }\
    iframe { width: 100%; height: 50rem; border: 1px solid #999 }\
    pre { white-space: pre-wrap; border: 1px solid #999; padding: 1rem }\
    </style>\n<title>";
/// Links of a mail open a page of their own, outside of the sandbox.
const FRAME: &str = "<iframe title=\"HTML part\" sandbox=\"allow-popups allow-popups-to-escape-sandbox\" srcdoc=\"";

pub(crate) fn routes(mails: MailDirectory) -> Router {
    Router::new().route("/dev/mail", get(list)).route("/dev/mail/{name}", get(show)).with_state(mails)
}

/// All mails, newest first.
async fn list(State(mails): State<MailDirectory>) -> Response {
    let names = match mails.names().await {
        Ok(names) => names,
        Err(error) => {
            tracing::error!(%error, "The folder of mails could not be read.");
            return ApiError::from(Problem::internal("the folder of mails cannot be read")).into_response();
        }
    };
    let mut html = start("Mails");
    html.markup("<p>The latest mails that the shop would have sent. Without a sender it sends none.</p>\n");
    html.markup("<table><tr><th>Time</th><th>To</th><th>Subject</th></tr>\n");
    for name in names.iter().rev() {
        if let Some(mail) = mails.find(name).await {
            html.markup("<tr><td>").text(&mail.at.to_string()).markup("</td><td>").text(recipient(&mail));
            html.markup("</td><td><a href=\"/dev/mail/").text(name).markup("\">").text(&mail.subject);
            html.markup("</a></td></tr>\n");
        }
    }
    html.markup("</table>\n");
    page(html)
}

/// One mail: its HTML in a frame without rights, and its text.
async fn show(State(mails): State<MailDirectory>, Path(name): Path<String>) -> Response {
    let Some(mail) = mails.find(&name).await else {
        return ApiError::from(Problem::not_found("mail")).into_response();
    };
    let mut html = start(&mail.subject);
    html.markup("<p><a href=\"/dev/mail\">All mails</a></p>\n<p>To ").text(recipient(&mail));
    html.markup(" at ").text(&mail.at.to_string()).markup("</p>\n");
    html.markup(FRAME).text(&mail.html).markup("\"></iframe>\n<h2>Text part</h2>\n<pre>");
    html.text(&mail.text).markup("</pre>\n");
    page(html)
}

fn recipient(mail: &StoredMail) -> &str {
    mail.to.as_deref().unwrap_or("nobody")
}

fn start(title: &str) -> Html {
    let mut html = Html::default();
    html.markup(HEAD).text(title).markup("</title>\n</head>\n<body>\n<h1>").text(title).markup("</h1>\n");
    html
}

fn page(mut html: Html) -> Response {
    html.markup("</body>\n</html>\n");
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, CSP),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, html.into_string()).into_response()
}
