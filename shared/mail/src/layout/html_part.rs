//! A mail as HTML.

use domain::notifications::{Amount, Detail, Line, Section};

use super::{Action, Content, Layout, paragraphs};
use crate::html::Html;

/// Before the subject, which is the title.
const HEAD: &str = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
    <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>";
/// A column of at most 600 pixels, as all mail programs show it.
const FRAME: &str = "</title>\n</head>\n<body style=\"margin:0;padding:0;background:#f3f4f6\">\n\
    <table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" style=\"background:#f3f4f6\">\
    <tr><td align=\"center\" style=\"padding:24px 12px\">\n\
    <table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" style=\"max-width:600px;\
    background:#ffffff;border:1px solid #e5e7eb;border-radius:8px;text-align:left;\
    font-family:Helvetica,Arial,sans-serif;font-size:16px;line-height:24px;color:#1f2937\">\n";
const SHOP_NAME: &str = "<tr><td style=\"padding:20px 24px;border-bottom:1px solid #e5e7eb;font-weight:bold\">";
const TITLE: &str = "<tr><td style=\"padding:24px 24px 0\"><h1 style=\"margin:0;font-size:22px;line-height:28px;\
    word-break:break-word\" dir=\"auto\">";
const PARAGRAPH: &str =
    "<tr><td style=\"padding:16px 24px 0\"><p style=\"margin:0;word-break:break-word\" dir=\"auto\">";
const SECTION: &str = "<tr><td style=\"padding:24px 24px 0\">";
const SECTION_TITLE: &str = "<h2 style=\"margin:0 0 8px;font-size:16px;line-height:24px\">";
const TABLE: &str =
    "<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" style=\"font-size:16px\">";
const NAME_CELL: &str =
    "<tr><td style=\"padding:4px 12px 4px 0;vertical-align:top;word-break:break-word\" dir=\"auto\">";
const TOTAL_NAME_CELL: &str = "<tr><td style=\"padding:8px 12px 4px 0;vertical-align:top;font-weight:bold;\
    border-top:1px solid #e5e7eb\">";
const AMOUNT_CELL: &str = "</td><td align=\"right\" style=\"padding:4px 0;vertical-align:top;white-space:nowrap\">";
const TOTAL_AMOUNT_CELL: &str = "</td><td align=\"right\" style=\"padding:8px 0 4px;vertical-align:top;\
    white-space:nowrap;font-weight:bold;border-top:1px solid #e5e7eb\">";
const ROW_END: &str = "</td></tr>\n";
const DETAIL: &str = "<div dir=\"auto\" style=\"word-break:break-word\">";
const BUTTON: &str = "\" target=\"_blank\" rel=\"noopener\" style=\"display:inline-block;padding:10px 18px;\
    background:#1f2937;border-radius:6px;color:#ffffff;text-decoration:none;font-weight:bold\">";
const FOOTER: &str = "<tr><td style=\"padding:24px\"><p style=\"margin:0;padding-top:16px;\
    border-top:1px solid #e5e7eb;font-size:13px;line-height:20px;color:#4b5563\">";
const END: &str = "</p></td></tr>\n</table>\n</td></tr></table>\n</body>\n</html>\n";

pub(super) fn render(layout: &Layout, content: &Content<'_>) -> String {
    let mut html = Html::default();
    html.markup(HEAD).text(content.subject).markup(FRAME);
    html.markup(SHOP_NAME).text(&layout.shop_name).markup(ROW_END);
    html.markup(TITLE).text(content.subject).markup("</h1>").markup(ROW_END);
    for paragraph in paragraphs(content.body) {
        html.markup(PARAGRAPH).lines(paragraph).markup("</p>").markup(ROW_END);
    }
    for section in content.sections {
        html.markup(SECTION);
        add_section(&mut html, section);
        html.markup(ROW_END);
    }
    if let Some(Action { label, url }) = &content.action {
        html.markup(SECTION).markup("<a href=\"").text(url).markup(BUTTON).text(label).markup("</a>").markup(ROW_END);
    }
    html.markup(FOOTER).lines(&content.footer.join("\n")).markup(END);
    html.into_string()
}

fn add_section(html: &mut Html, section: &Section) {
    match section {
        Section::Lines { title, lines, more } => {
            add_title(html, title);
            html.markup(TABLE);
            lines.iter().for_each(|line| add_line(html, line));
            if *more > 0 {
                html.markup(NAME_CELL).text(&format!("and {more} more")).markup(ROW_END);
            }
            html.markup("</table>");
        }
        Section::Amounts { amounts } => {
            html.markup(TABLE);
            amounts.iter().for_each(|amount| add_amount(html, amount));
            html.markup("</table>");
        }
        Section::Details { title, details } => {
            add_title(html, title);
            details.iter().for_each(|detail| add_detail(html, detail));
        }
    }
}

fn add_title(html: &mut Html, title: &str) {
    html.markup(SECTION_TITLE).text(title).markup("</h2>");
}

fn add_line(html: &mut Html, line: &Line) {
    html.markup(NAME_CELL).text(&line.quantity.to_string()).markup(" × ").text(&line.name);
    if let Some(amount) = &line.amount {
        html.markup(AMOUNT_CELL).text(amount);
    }
    html.markup(ROW_END);
}

fn add_amount(html: &mut Html, amount: &Amount) {
    let (name, value) = if amount.total { (TOTAL_NAME_CELL, TOTAL_AMOUNT_CELL) } else { (NAME_CELL, AMOUNT_CELL) };
    html.markup(name).text(&amount.label).markup(value).text(&amount.amount).markup(ROW_END);
}

fn add_detail(html: &mut Html, detail: &Detail) {
    html.markup(DETAIL);
    if let Some(label) = &detail.label {
        html.text(label).markup(": ");
    }
    html.text_or_link(&detail.text).markup("</div>");
}
