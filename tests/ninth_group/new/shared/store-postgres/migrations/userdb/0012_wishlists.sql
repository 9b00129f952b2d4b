-- What customers want to remember.
create table wishlist_items (
    user_id integer not null references users (id),
    product_id integer not null,
    added_at timestamptz not null,
    primary key (user_id, product_id)
);
