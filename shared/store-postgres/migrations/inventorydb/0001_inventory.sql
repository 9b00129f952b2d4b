-- Stock and what is held of it. The only place where stock is decided.
create table inventory (
    id serial primary key,
    product_id integer not null,
    quantity integer not null,
    reserved integer not null default 0,
    updated_at timestamptz not null default clock_timestamp(),
    version bigint not null default 1,
    constraint inventory_product_id_key unique (product_id),
    constraint inventory_quantity_in_bounds check (quantity between 0 and 1000000000),
    constraint inventory_reserved_not_negative check (reserved >= 0),
    constraint inventory_reserved_covered check (reserved <= quantity)
);

-- What an order holds, by the order's attempt to be paid: `held` counts in inventory.reserved,
-- `sold` has left the quantity, `released` went back. (order_id, attempt) is the step's key: a
-- repeated step finds its rows and changes nothing.
create table reservations (
    order_id integer not null,
    attempt integer not null,
    product_id integer not null references inventory (product_id),
    quantity integer not null,
    state varchar(10) not null default 'held',
    expires_at timestamptz not null,
    updated_at timestamptz not null default clock_timestamp(),
    primary key (order_id, attempt, product_id),
    constraint reservations_quantity_positive check (quantity > 0),
    constraint reservations_state_known check (state in ('held', 'sold', 'released'))
);
create index reservations_held on reservations (expires_at) where state = 'held';

-- Every change of a quantity, and why: quantity = sum of the deltas of its product.
create table stock_ledger (
    id bigserial primary key,
    product_id integer not null,
    delta integer not null,
    quantity_after integer not null,
    reason varchar(200) not null,
    order_id integer,
    actor integer,
    at timestamptz not null default clock_timestamp()
);
create index stock_ledger_of_product on stock_ledger (product_id, id desc);

-- Facts to be told, written in the transaction of the change that they tell of.
create table outbox (
    id bigserial primary key,
    event_id uuid not null,
    body text not null,
    created_at timestamptz not null default clock_timestamp(),
    sent_at timestamptz,
    constraint outbox_event_id_key unique (event_id)
);
create index outbox_unsent on outbox (id) where sent_at is null;
