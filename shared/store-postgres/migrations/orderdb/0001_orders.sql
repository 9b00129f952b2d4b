-- Orders and the state of their checkout. `step` says what the saga is about to do, written
-- before it does it; null means that nothing is under way.
create table orders (
    id serial primary key,
    user_id integer not null,
    total decimal(10, 2) not null,
    status varchar(50) not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    step varchar(20),
    step_at timestamptz not null default clock_timestamp(),
    attempt integer not null default 1,
    payment_id uuid not null,
    payment_method varchar(64) not null,
    constraint orders_total_not_negative check (total >= 0),
    constraint orders_status_known check (
        status in ('pending', 'confirmed', 'shipped', 'delivered', 'payment_failed', 'cancelled')
    ),
    constraint orders_step_known check (step in ('place', 'pay', 'cancel')),
    constraint orders_pending_has_step check (status <> 'pending' or step is not null)
);
create index orders_of_user on orders (user_id, id desc);
create index orders_of_user_by_status on orders (user_id, status, id desc);
create index orders_by_status on orders (status, id desc);
create index orders_under_way on orders (step_at) where step is not null;

create table order_items (
    id serial primary key,
    order_id integer not null references orders (id) on delete cascade,
    product_id integer not null,
    quantity integer not null,
    price decimal(10, 2) not null,
    name varchar(255) not null,
    constraint order_items_line_key unique (order_id, product_id),
    constraint order_items_quantity_positive check (quantity > 0),
    constraint order_items_price_not_negative check (price >= 0)
);
-- For "has this user bought this product?"
create index order_items_of_product on order_items (product_id, order_id);

create table order_timeline (
    id bigserial primary key,
    order_id integer not null references orders (id) on delete cascade,
    status varchar(50) not null,
    at timestamptz not null,
    detail text
);
create index order_timeline_of_order on order_timeline (order_id, id);

-- Money that goes back for an order: written before the processor is asked, so that a crash in
-- between is found and finished. The id is the refund's key at the processor.
create table refunds (
    id uuid primary key,
    order_id integer not null references orders (id),
    payment_id uuid not null,
    amount decimal(10, 2) not null,
    state varchar(10) not null default 'intended',
    created_at timestamptz not null,
    step_at timestamptz not null default clock_timestamp(),
    constraint refunds_amount_positive check (amount > 0),
    constraint refunds_state_known check (state in ('intended', 'done', 'refused'))
);
create index refunds_under_way on refunds (step_at) where state = 'intended';

-- Requests that may be repeated: by caller, route and the key that the client chose. `subject` is
-- the payment or refund that the request began; its outcome is kept by the statement that ends
-- it, so a key can never forget what its request has done.
create table idempotency_keys (
    user_id integer not null,
    route varchar(40) not null,
    key varchar(255) not null,
    fingerprint bytea not null,
    locked_until timestamptz not null,
    created_at timestamptz not null default clock_timestamp(),
    subject uuid,
    outcome text,
    request_id varchar(128),
    primary key (user_id, route, key)
);
create index idempotency_keys_of_subject on idempotency_keys (subject) where subject is not null;
create index idempotency_keys_by_age on idempotency_keys (created_at);

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
