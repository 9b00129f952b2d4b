//! `POST /api/users/me/addresses`

use axum::extract::State;
use domain::addresses::{AddressData, SavedAddress};
use store_postgres::addresses;
use web::{Body, Created, Customer};

use crate::App;

/// Save an address
///
/// The first one becomes the default. An address that is saved already is returned as it is, and becomes
/// the default if it is to be. 409 `address_book_full` when the caller has 20.
#[utoipa::path(
    post, path = "/api/users/me/addresses", request_body = AddressData,
    responses((status = 201, description = "The address", body = SavedAddress),
              (status = 409, description = "`address_book_full`: nothing was changed"))
)]
pub(crate) async fn add_address(
    State(app): State<App>,
    caller: Customer,
    body: Body<AddressData>,
) -> web::Result<Created<SavedAddress>> {
    let (data, now) = (body.value, app.clock.now());
    let (mut db, book) = app.begin_change_of_addresses(caller.id).await?;
    let value = match book.find_same(&data.address) {
        Some(same) if same.is_default || data.is_default != Some(true) => same.clone(),
        Some(same) => addresses::update(&mut db, caller.id, same.id, &same.address, true, now).await?,
        None => {
            let is_default = book.add(&data)?;
            addresses::insert(&mut db, caller.id, &data.address, is_default, now).await?
        }
    };
    db.commit().await?;
    Ok(Created { location: format!("/api/users/me/addresses/{}", value.id), value })
}
