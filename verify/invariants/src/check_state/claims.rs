//! Which guests an account has claimed. What a guest has paid and was told before keeps the guest's id in
//! DynamoDB, while the orders have moved: the checks compare people, not ids.

use std::collections::HashMap;

use domain::UserId;
use store_postgres::reconcile::{self, ClaimRecord};

use crate::stores::{StoreError, Stores, store_error};

/// Claims read at once.
const PAGE_SIZE: i64 = 1000;

/// All claims, by guest: some bytes of each.
#[derive(Default)]
pub(crate) struct Claims(HashMap<UserId, ClaimRecord>);

impl Claims {
    pub(super) async fn load(stores: &Stores) -> Result<Self, StoreError> {
        let (mut all, mut after) = (HashMap::new(), None);
        loop {
            let mut db = stores.userdb.acquire().await.map_err(store_error("userdb"))?;
            let page = reconcile::list_claims(&mut db, after, PAGE_SIZE).await.map_err(store_error("userdb"))?;
            after = page.last().map(|last| (last.account, last.guest));
            let is_last = (page.len() as i64) < PAGE_SIZE;
            all.extend(page.into_iter().map(|claim| (claim.guest, claim)));
            if is_last {
                return Ok(Self(all));
            }
        }
    }

    /// The claim of a guest.
    pub(crate) fn of_guest(&self, guest: UserId) -> Option<&ClaimRecord> {
        self.0.get(&guest)
    }

    /// Who somebody is by now: the account of a claimed guest, and anybody else themselves.
    pub(crate) fn person(&self, user: UserId) -> UserId {
        self.of_guest(user).map_or(user, |claim| claim.account)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}
