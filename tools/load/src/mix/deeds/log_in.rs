//! Opening a session.

use anyhow::{Result, ensure};
use reconcile::Acknowledged;
use serde_json::json;

use super::sign_up::SignedIn;
use super::{Deed, Exchange, Next};
use crate::mix::customer::{Account, Customer};
use crate::mix::kind::Kind;
use crate::shop::Request;

/// Into the account that one has.
#[derive(Debug)]
struct Again;

/// Into one that was opened, though nobody heard of it.
#[derive(Debug)]
struct First {
    email: String,
}

pub(crate) fn again() -> Box<dyn Deed> {
    Box::new(Again)
}

pub(super) fn first(email: &str) -> Box<dyn Deed> {
    Box::new(First { email: email.to_owned() })
}

fn request(email: &str, me: &Customer) -> Request {
    Request::post("/api/users/login", &json!({"email": email, "password": me.run.password}))
}

impl Deed for Again {
    fn kind(&self) -> Kind {
        Kind::LogIn
    }

    fn request(&self, me: &Customer) -> Request {
        request(me.account.as_ref().map_or("", |account| &account.email), me)
    }

    fn settle(&mut self, me: &mut Customer, exchange: &Exchange) -> Result<Next> {
        if exchange.status() != 200 {
            return exchange.unexpected();
        }
        let SignedIn { user, token } = exchange.answer.json()?;
        ensure!(Some(user.id) == me.id(), "somebody else's account: {}", exchange.answer);
        if let Some(account) = me.account.take() {
            me.signed_in(Account { token, ..account })?;
        }
        Ok(Next::Done)
    }

    /// Whoever has no session left chooses it anew.
    fn is_worth_repeating(&self) -> bool {
        false
    }
}

impl Deed for First {
    fn kind(&self) -> Kind {
        // As long as it is open, nobody signs up once more.
        Kind::SignUp
    }

    fn request(&self, me: &Customer) -> Request {
        request(&self.email, me)
    }

    fn settle(&mut self, me: &mut Customer, exchange: &Exchange) -> Result<Next> {
        if exchange.status() != 200 {
            return exchange.unexpected();
        }
        let SignedIn { user, token } = exchange.answer.json()?;
        me.told(&Acknowledged::Signup { user_id: user.id })?;
        me.become_somebody(Account { id: user.id, email: self.email.clone(), token })?;
        Ok(Next::Done)
    }
}
