//! Opening an account.

use anyhow::Result;
use domain::users::User;
use reconcile::Acknowledged;
use serde::Deserialize;
use serde_json::json;

use super::{Deed, Exchange, Next, log_in};
use crate::mix::customer::{Account, Customer};
use crate::mix::kind::Kind;
use crate::shop::Request;

#[derive(Debug)]
struct SignUp {
    email: String,
}

/// What signing up and logging in answer.
#[derive(Deserialize)]
pub(super) struct SignedIn {
    pub(super) user: User,
    pub(super) token: String,
}

pub(super) fn choose(me: &mut Customer) -> Box<dyn Deed> {
    Box::new(SignUp { email: me.new_email() })
}

impl Deed for SignUp {
    fn kind(&self) -> Kind {
        Kind::SignUp
    }

    fn request(&self, me: &Customer) -> Request {
        let account = json!({"name": "Lou Load", "email": self.email, "password": me.run.password});
        Request::post("/api/users/signup", &account)
    }

    fn settle(&mut self, me: &mut Customer, exchange: &Exchange) -> Result<Next> {
        match exchange.status() {
            201 => {
                let SignedIn { user, token } = exchange.answer.json()?;
                me.told(&Acknowledged::Signup { user_id: user.id })?;
                me.become_somebody(Account { id: user.id, email: self.email.clone(), token })?;
                Ok(Next::Done)
            }
            // The first try has opened it, and its answer was lost.
            409 if exchange.is_repeated() => Ok(Next::Then(log_in::first(&self.email))),
            _ => exchange.unexpected(),
        }
    }
}
