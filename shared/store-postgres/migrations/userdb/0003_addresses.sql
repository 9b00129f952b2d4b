-- The address book of an account. Whoever changes one holds the lock of its row in users, so the limit
-- and the default hold among concurrent requests; the index says so once more.
create table addresses (
    id serial primary key,
    user_id integer not null references users (id) on delete cascade,
    is_default boolean not null,
    -- As the API has it: it is shown and copied as a whole, and no statement searches in it.
    address jsonb not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint addresses_address_object check (jsonb_typeof(address) = 'object')
);
create index addresses_user on addresses (user_id, id);
create unique index addresses_one_default on addresses (user_id) where is_default;
