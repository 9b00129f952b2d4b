-- Writes of a product that touch inventorydb too. The row is written in the transaction that
-- judges the request, before inventorydb is asked, and deleted by the statement that ends the
-- write. Whoever finds one (the next writer, a repeated request, recovery) finishes it first, so
-- a product has one at most and no two writes mix.
create table product_writes (
    product_id integer primary key,
    -- The step's key in inventorydb, and the subject of the request's idempotency key.
    token uuid not null,
    kind varchar(10) not null,
    -- What the product becomes: of a replacement alone.
    draft jsonb,
    -- What its stock becomes: of all but a removal.
    pieces integer,
    actor integer not null,
    -- What the request's idempotency key answers once the write is through.
    answer text,
    -- Somebody else than the request that began it drives it on: it can only go forward now.
    shared boolean not null default false,
    begun_at timestamptz not null default clock_timestamp(),
    -- When it was last driven on.
    step_at timestamptz not null default clock_timestamp(),
    constraint product_writes_token_key unique (token),
    constraint product_writes_kind_known check (kind in ('add', 'replace', 'remove')),
    constraint product_writes_draft_of_replacements check ((kind = 'replace') = (draft is not null)),
    constraint product_writes_pieces_of_others check ((kind = 'remove') = (pieces is null))
);
create index product_writes_by_age on product_writes (step_at);

-- Requests that may be repeated, as in orderdb.
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

-- The next product's number; see `next_order` in orderdb for why `nextval` is not named.
create function next_product() returns integer language sql volatile as $$
    select nextval('products_id_seq')::integer
$$;
