//! Getting a request answered, as a good client does: what was lost, refused for now, or is still
//! being done is asked for again, with the same key and the same bytes, and meanwhile the customer
//! does other things.

use std::time::Duration;

use rand::Rng;
use tokio::time::Instant;

use super::customer::Customer;
use super::deeds::{Deed, Exchange, Next};
use super::figures::Seen;
use super::tolerance::Trouble;
use crate::shop::{Answer, Outcome, Request};

/// Before a request that nobody took is sent again.
const UNREACHABLE_PAUSE: Duration = Duration::from_millis(200);
/// Before a request is sent again whose answer was lost, or that is refused without a time.
const PAUSE: Duration = Duration::from_secs(1);
/// Requests that one customer has open at once; more would be a crowd.
const MOST_OPEN: usize = 10;
/// The longest that an answer may tell us to wait.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// A deed that is to be done, or done again.
#[derive(Debug)]
pub(crate) struct Errand {
    pub(crate) deed: Box<dyn Deed>,
    pub(crate) due: Instant,
    tries: u32,
}

impl Errand {
    pub(crate) fn new(deed: Box<dyn Deed>, due: Instant) -> Self {
        Self { deed, due, tries: 0 }
    }
}

impl Customer {
    /// One request: something that is still open, or something new.
    pub(crate) async fn turn(&mut self, due: Instant) {
        let errand = if self.account.as_ref().is_some_and(|account| account.token.is_empty()) {
            Errand::new(super::deeds::log_in::again(), due)
        } else if let Some(errand) = self.take_due() {
            errand
        } else if self.errands.len() < MOST_OPEN {
            Errand::new(super::deeds::choose(self), due)
        } else {
            self.take_next().await
        };
        self.run_errand(errand).await;
    }

    fn take_due(&mut self) -> Option<Errand> {
        let now = Instant::now();
        let place = self.errands.iter().position(|errand| errand.due <= now)?;
        Some(self.errands.swap_remove(place))
    }

    /// The one that is due next, at that time. There must be one.
    async fn take_next(&mut self) -> Errand {
        let next = self.errands.iter().enumerate().min_by_key(|(_, errand)| errand.due);
        let (place, due) = next.map(|(place, errand)| (place, errand.due)).expect("one is open");
        tokio::time::sleep_until(due).await;
        self.errands.swap_remove(place)
    }

    /// Finishes what is open, for so long; what is still open then is counted.
    pub(crate) async fn finish(&mut self, patience: Duration) {
        let ends = Instant::now() + patience;
        while let Some(next) = self.errands.iter().map(|errand| errand.due).min() {
            if next >= ends {
                break;
            }
            tokio::time::sleep_until(next).await;
            self.turn(Instant::now()).await;
        }
        for errand in &self.errands {
            self.run.figures.unsettled(errand.deed.kind());
        }
    }

    async fn run_errand(&mut self, mut errand: Errand) {
        errand.tries += 1;
        let request = errand.deed.request(self);
        match self.run.shop.ask(&request).await {
            Outcome::Answered(answer) => self.answered(errand, request, answer).await,
            Outcome::Lost(why) => {
                self.trouble(&errand, Trouble::Lost, None, Trouble::Lost.name(), &why);
                self.later(errand, PAUSE);
            }
            Outcome::Unreachable(why) => {
                self.trouble(&errand, Trouble::Unreachable, None, Trouble::Unreachable.name(), &why);
                self.later(errand, UNREACHABLE_PAUSE);
            }
        }
    }

    async fn answered(&mut self, errand: Errand, request: Request, answer: Answer) {
        let took = Some(errand.due.elapsed());
        let label = answer.label();
        let pause = answer.retry_after.unwrap_or(PAUSE).min(LONGEST_PAUSE);
        match answer.status {
            503 => {
                self.trouble(&errand, Trouble::Unavailable, took, &label, &answer);
                self.later(errand, pause);
            }
            429 => {
                self.trouble(&errand, Trouble::Limited, took, &label, &answer);
                self.later(errand, pause);
            }
            401 if request.token.is_some() => {
                self.trouble(&errand, Trouble::SignedOut, took, &label, &answer);
                self.signed_out(&errand).await;
                self.later(errand, Duration::ZERO);
            }
            409 if errand.tries > 1 && answer.code() == "idempotency_in_progress" => {
                self.see(&errand, took, &label, None);
                self.later(errand, pause);
            }
            500.. => self.see(&errand, took, &label, Some(answer.to_string())),
            _ => self.settled(errand, took, request, answer),
        }
    }

    fn settled(&mut self, mut errand: Errand, took: Option<Duration>, request: Request, answer: Answer) {
        let label = answer.label();
        let exchange = Exchange { request, answer, tries: errand.tries };
        match self.settle(&mut *errand.deed, &exchange) {
            Ok(next) => {
                self.see(&errand, took, &label, None);
                match next {
                    Next::Done => {}
                    Next::Again(pause) => self.later(errand, pause),
                    Next::Then(deed) => self.errands.push(Errand::new(deed, Instant::now())),
                }
            }
            Err(surprise) => self.see(&errand, took, &label, Some(format!("{surprise:#}"))),
        }
    }

    /// The session is gone: the next turn logs in.
    async fn signed_out(&mut self, errand: &Errand) {
        if !errand.deed.kind().is_an_admins() {
            if let Some(account) = &mut self.account {
                account.token.clear();
            }
            return;
        }
        if let Some(admin) = &self.run.admin
            && let Err(error) = admin.renew(&self.run.shop).await
        {
            self.see(errand, None, "401", Some(format!("{error:#}")));
        }
    }

    /// Again, if that is worth while. Not all at once: up to a quarter later than they were told.
    fn later(&mut self, errand: Errand, pause: Duration) {
        if !errand.deed.is_worth_repeating() {
            return;
        }
        let due = Instant::now() + pause.mul_f64(self.rng.random_range(1.0..1.25));
        self.errands.push(Errand { due, ..errand });
    }

    fn trouble(
        &mut self,
        errand: &Errand,
        trouble: Trouble,
        took: Option<Duration>,
        label: &str,
        detail: &dyn std::fmt::Display,
    ) {
        let surprise = (!self.run.tolerance.includes(trouble)).then(|| detail.to_string());
        self.see(errand, took, label, surprise);
        self.was_turned_away = true;
    }

    fn see(&self, errand: &Errand, took: Option<Duration>, label: &str, surprise: Option<String>) {
        self.run.figures.see(Seen { kind: errand.deed.kind(), took, label, surprise });
    }
}
