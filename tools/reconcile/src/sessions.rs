//! I15: nobody is signed in beyond what their account lets them. Every session that Redis would
//! let in is held against the account's row.

use std::collections::{BTreeMap, BTreeSet};

use domain::UserId;
use postgres::audit::{self, Allowed};
use redis_store::Session;

use crate::judge::signed_in;
use crate::report::{Invariant, Report};
use crate::stores::{Away, Stores, away};

/// So many are held against their rows at once: a page of Redis may be empty or large.
const AT_ONCE: usize = 1000;

pub(crate) async fn check(stores: &Stores, report: &mut Report) -> Result<(), Away> {
    let (mut cursor, mut sessions) = (0, Vec::new());
    loop {
        // Sessions first, their rows after: a row is changed before the record in Redis is.
        let (next, page) = stores.sessions.page(cursor).await.map_err(away("redis"))?;
        sessions.extend(page);
        if next == 0 || sessions.len() >= AT_ONCE {
            judge(stores, &sessions, report).await?;
            sessions.clear();
        }
        if next == 0 {
            return Ok(());
        }
        cursor = next;
    }
}

async fn judge(stores: &Stores, sessions: &[Session], report: &mut Report) -> Result<(), Away> {
    let users: BTreeSet<UserId> = sessions.iter().map(|session| session.user_id).collect();
    let users: Vec<UserId> = users.into_iter().collect();
    let mut db = stores.userdb.acquire().await.map_err(away("userdb"))?;
    let rows = audit::allowed(&mut db, &users).await.map_err(away("userdb"))?;
    let rows: BTreeMap<UserId, Allowed> = rows.into_iter().map(|row| (row.user, row)).collect();
    report.count(Invariant::SignedIn, "sessions", sessions.len());
    for session in sessions {
        report.add(Invariant::SignedIn, signed_in::allowed(session, rows.get(&session.user_id)));
    }
    Ok(())
}
