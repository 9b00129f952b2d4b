//! Prints the monthly cost of an idle shop of each size, line by line.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for people")]

use std::process::ExitCode;

use tests::costs::{self, DATE, REGION};

fn main() -> ExitCode {
    println!("List prices of {REGION} as of {DATE}, without free tiers, a month of 730 hours, nobody in the shop.");
    for profile in costs::profiles() {
        let lines = match profile.lines() {
            Ok(lines) => lines,
            Err(unknown) => {
                eprintln!("costs: these have no price: {}", unknown.join(", "));
                return ExitCode::FAILURE;
            }
        };
        println!("\n{}", profile.name);
        for line in &lines {
            let price = line.price;
            println!(
                "  {:32} {:>10.3} × {:>10} a {:14} = {:>8.2}   {}",
                price.name,
                line.amount,
                price.dollars,
                price.per,
                line.dollars(),
                price.source
            );
        }
        println!("  {:32} {:>44.2}", "together", costs::total(&lines));
    }
    ExitCode::SUCCESS
}
