//! `GET /api/users`

use std::fmt;

use axum::extract::State;
use domain::UserId;
use domain::users::User;
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer};
use utoipa::IntoParams;
use web::{Admin, Json, Query};

use crate::App;

/// As many as the longest list of the admin pages has rows.
const MAX_IDS: usize = 100;
const INVALID_IDS: &str = "must be 1 to 100 ids, separated by commas";

/// Which accounts are listed.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListUsersQuery {
    /// 1 to 100 ids, separated by commas.
    #[param(
        value_type = String,
        pattern = "^[1-9][0-9]{0,8}(,[1-9][0-9]{0,8}){0,99}$",
        example = "1,2,3"
    )]
    ids: UserIds,
}

/// Ids as a query has them: `1,2,3`.
pub(crate) struct UserIds(Vec<UserId>);

impl<'de> Deserialize<'de> for UserIds {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(UserIdsVisitor)
    }
}

struct UserIdsVisitor;

impl Visitor<'_> for UserIdsVisitor {
    type Value = UserIds;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(INVALID_IDS)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<UserIds, E> {
        let ids: Result<Vec<UserId>, _> = text.split(',').map(str::parse).collect();
        ids.ok().filter(|ids| ids.len() <= MAX_IDS).map(UserIds).ok_or_else(|| E::custom(INVALID_IDS))
    }
}

/// List accounts by id, for admins
///
/// For lists that show the names of many customers. Ids without an account are left out.
#[utoipa::path(
    get, path = "/api/users", params(ListUsersQuery),
    responses((status = 200, description = "The accounts, by id", body = Vec<User>))
)]
pub(crate) async fn list_users(
    State(app): State<App>,
    _: Admin,
    Query(query): Query<ListUsersQuery>,
) -> web::Result<Json<Vec<User>>> {
    let users = store_postgres::users::find_many(&mut app.db.acquire().await?, &query.ids.0).await?;
    Ok(Json(users))
}
