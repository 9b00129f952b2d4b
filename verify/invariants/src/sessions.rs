//! I15: no session has more rights than its account. Every session that Redis would accept is
//! compared with the account's row.

use std::collections::{BTreeMap, BTreeSet};

use domain::UserId;
use store_postgres::reconcile::{self, AccountAccess};
use store_redis::Session;

use crate::report::{Invariant, InvariantReport};
use crate::rules::sessions;
use crate::stores::{StoreError, Stores, store_error};

/// How many are compared with their rows at once: a page of Redis may be empty or large.
const BATCH_SIZE: usize = 1000;

pub(crate) async fn check(stores: &Stores, report: &mut InvariantReport) -> Result<(), StoreError> {
    let (mut cursor, mut sessions) = (0, Vec::new());
    loop {
        // Sessions first, their rows after: a row is changed before the record in Redis is.
        let (next, page) = stores.sessions.scan(cursor).await.map_err(store_error("redis"))?;
        sessions.extend(page);
        if next == 0 || sessions.len() >= BATCH_SIZE {
            check_batch(stores, &sessions, report).await?;
            sessions.clear();
        }
        if next == 0 {
            return Ok(());
        }
        cursor = next;
    }
}

async fn check_batch(stores: &Stores, sessions: &[Session], report: &mut InvariantReport) -> Result<(), StoreError> {
    let users: BTreeSet<UserId> = sessions.iter().map(|session| session.user_id).collect();
    let users: Vec<UserId> = users.into_iter().collect();
    let mut db = stores.userdb.acquire().await.map_err(store_error("userdb"))?;
    let rows = reconcile::find_account_access(&mut db, &users).await.map_err(store_error("userdb"))?;
    let rows: BTreeMap<UserId, AccountAccess> = rows.into_iter().map(|row| (row.user, row)).collect();
    report.add_count(Invariant::Sessions, "sessions", sessions.len());
    for session in sessions {
        report.add_violations(Invariant::Sessions, sessions::check_session(session, rows.get(&session.user_id)));
    }
    Ok(())
}
