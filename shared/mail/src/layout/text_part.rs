//! A mail as plain text.

use domain::notifications::{Amount, Detail, Line, Section};

use super::{Content, paragraphs};

pub(super) fn render(content: &Content<'_>) -> String {
    let mut blocks: Vec<String> = paragraphs(content.body).map(str::to_owned).collect();
    blocks.extend(content.sections.iter().map(section));
    blocks.extend(content.action.iter().map(|action| format!("{}: {}", action.label, action.url)));
    // By this line mail programs know a signature.
    blocks.push(format!("-- \n{}", content.footer.join("\n")));
    format!("{}\n", blocks.join("\n\n"))
}

fn section(section: &Section) -> String {
    match section {
        Section::Lines { title, lines, more } => {
            let more = (*more > 0).then(|| format!("- and {more} more"));
            let rows = lines.iter().map(line).chain(more);
            [format!("{title}:")].into_iter().chain(rows).collect::<Vec<_>>().join("\n")
        }
        Section::Amounts { amounts } => amounts.iter().map(amount).collect::<Vec<_>>().join("\n"),
        Section::Details { title, details } => {
            let rows = details.iter().map(detail);
            [format!("{title}:")].into_iter().chain(rows).collect::<Vec<_>>().join("\n")
        }
    }
}

fn line(line: &Line) -> String {
    let Line { quantity, name, amount } = line;
    match amount {
        Some(amount) => format!("- {quantity} × {name}: {amount}"),
        None => format!("- {quantity} × {name}"),
    }
}

fn amount(amount: &Amount) -> String {
    format!("{}: {}", amount.label, amount.amount)
}

fn detail(detail: &Detail) -> String {
    match &detail.label {
        Some(label) => format!("{label}: {}", detail.text),
        None => detail.text.clone(),
    }
}
