-- What undoes is never refused. Returned pieces may take a quantity past what an admin may set
-- (1,000,000,000, which `domain::inventory::MAX_QUANTITY` and `set_stock` hold); the column's own
-- end is 1,147,483,647 pieces beyond that.
alter table inventory drop constraint inventory_quantity_in_bounds;
alter table inventory add constraint inventory_quantity_not_negative check (quantity >= 0);

-- When the product left the catalogue. From then on its quantity is what is reserved for orders
-- that are under way: nothing of it can be bought, set or restocked for sale.
alter table inventory add column removed_at timestamptz;

-- What was withdrawn before this column existed.
with gone as (
    update inventory i set removed_at = clock_timestamp()
    where exists (select 1 from stock_ledger l where l.product_id = i.product_id and l.reason = 'product removed')
    returning i.product_id, i.quantity, i.reserved
), withdrawn as (
    update inventory i set quantity = i.reserved, version = i.version + 1, updated_at = clock_timestamp()
    from gone g where i.product_id = g.product_id and g.quantity > g.reserved
    returning i.product_id, g.quantity - g.reserved as pieces, i.quantity as after
)
insert into stock_ledger (product_id, delta, quantity_after, reason)
select w.product_id, -w.pieces, w.after, 'product removed' from withdrawn w;

-- What became of a write of stock that the catalogue began: the key of the step, so that a
-- repeated one changes nothing and answers the same. Forgotten after a day.
create table stock_writes (
    token uuid primary key,
    outcome varchar(20) not null,
    at timestamptz not null default clock_timestamp(),
    constraint stock_writes_outcome_known check (outcome in ('set', 'below_reserved', 'removed'))
);
create index stock_writes_by_age on stock_writes (at);

-- Requests that may be repeated, as in orderdb. The row is written in the transaction of the
-- change, so there is never one whose outcome is missing.
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

-- Sets the quantity of a product that the catalogue has, after opening its row where there is
-- none. Outcome: set (with an event where something changed), below_reserved, removed (the
-- product left the catalogue). Known by its token: repeated, it changes nothing.
create function set_stock(
    p_token uuid, p_product integer, p_quantity integer, p_actor integer, p_request text
) returns table (outcome text, can_have integer, row_version bigint, event uuid, changed_at timestamptz)
language plpgsql as $$
declare
    prior text;
    stock inventory%rowtype;
    new_event uuid;
begin
    insert into inventory (product_id, quantity, version) values (p_product, 0, 0) on conflict (product_id) do nothing;
    select * into stock from inventory i where i.product_id = p_product for update;

    select w.outcome into prior from stock_writes w where w.token = p_token;
    if prior is null then
        prior := case
            when stock.removed_at is not null then 'removed'
            when p_quantity < stock.reserved then 'below_reserved'
            else 'set'
        end;
        insert into stock_writes (token, outcome) values (p_token, prior);
        if prior = 'set' and p_quantity <> stock.quantity then
            insert into stock_ledger (product_id, delta, quantity_after, reason, actor)
            values (p_product, p_quantity - stock.quantity, p_quantity, 'set with the product', p_actor);
            update inventory i set quantity = p_quantity, version = i.version + 1, updated_at = clock_timestamp()
            where i.product_id = p_product returning * into stock;
            new_event := gen_random_uuid();
            stock.updated_at := date_trunc('milliseconds', stock.updated_at);
            insert into outbox (event_id, body) values (new_event, stock_event(
                new_event, stock.updated_at, p_request, p_product, stock.quantity - stock.reserved, stock.version));
        end if;
    end if;
    return query select prior, stock.quantity - stock.reserved, stock.version, new_event, stock.updated_at;
end
$$;

-- The product has left the catalogue: what is not reserved goes, and nothing comes back for sale.
-- Repeated, it changes nothing. Answers the stock event, where something changed.
create function remove_stock(p_product integer, p_actor integer, p_request text)
returns table (product integer, can_have integer, row_version bigint, event uuid, changed_at timestamptz)
language plpgsql as $$
begin
    insert into inventory (product_id, quantity, version) values (p_product, 0, 0) on conflict (product_id) do nothing;
    perform 1 from inventory i where i.product_id = p_product for update;

    return query
    with was as (
        select i.quantity - i.reserved as pieces from inventory i where i.product_id = p_product
    ), changed as (
        update inventory i set removed_at = clock_timestamp(), quantity = i.reserved,
            version = case when w.pieces > 0 then i.version + 1 else i.version end,
            updated_at = case when w.pieces > 0 then clock_timestamp() else i.updated_at end
        from was w where i.product_id = p_product and i.removed_at is null
        returning i.product_id, w.pieces, i.quantity as after, i.version,
            gen_random_uuid() as event, date_trunc('milliseconds', i.updated_at) as at
    ), noted as (
        insert into stock_ledger (product_id, delta, quantity_after, reason, actor)
        select c.product_id, -c.pieces, c.after, 'product removed', p_actor from changed c where c.pieces > 0
    ), told as (
        insert into outbox (event_id, body)
        select c.event, stock_event(c.event, c.at, p_request, c.product_id, 0, c.version)
        from changed c where c.pieces > 0
    )
    select c.product_id, 0, c.version, c.event, c.at from changed c where c.pieces > 0;
end
$$;

-- As before, and what is released of a product that left the catalogue leaves the warehouse too.
create or replace function release(
    p_order integer, p_attempt integer, p_products integer[], p_quantities integer[], p_request text
) returns table (product integer, can_have integer, row_version bigint, event uuid, changed_at timestamptz)
language plpgsql as $$
begin
    perform 1 from inventory i where i.product_id = any (p_products) order by i.product_id for update;

    insert into reservations (order_id, attempt, product_id, quantity, state, expires_at)
    select p_order, p_attempt, i.product_id, w.q, 'released', clock_timestamp()
    from unnest(p_products, p_quantities) w (p, q) join inventory i on i.product_id = w.p
    where not exists (select 1 from reservations r where r.order_id = p_order and r.attempt = p_attempt);

    return query
    with freed as (
        update reservations r set state = 'released', updated_at = clock_timestamp()
        where r.order_id = p_order and r.attempt = p_attempt and r.state = 'held'
        returning r.product_id, r.quantity
    ), changed as (
        update inventory i set reserved = i.reserved - f.quantity,
            quantity = case when i.removed_at is null then i.quantity else i.quantity - f.quantity end,
            version = i.version + 1, updated_at = clock_timestamp()
        from freed f where i.product_id = f.product_id
        returning i.product_id, i.quantity - i.reserved as available, i.version, i.quantity as after,
            case when i.removed_at is null then 0 else f.quantity end as withdrawn,
            gen_random_uuid() as event, date_trunc('milliseconds', i.updated_at) as at
    ), noted as (
        insert into stock_ledger (product_id, delta, quantity_after, reason)
        select c.product_id, -c.withdrawn, c.after, 'product removed' from changed c where c.withdrawn > 0
    ), told as (
        insert into outbox (event_id, body)
        select c.event, stock_event(c.event, c.at, p_request, c.product_id, c.available, c.version) from changed c
    )
    select c.product_id, c.available, c.version, c.event, c.at from changed c;
end
$$;

-- As before, and what comes back of a product that left the catalogue is not for sale: its ledger
-- says that it came back and that it was withdrawn.
create or replace function take_back(p_order integer, p_request text)
returns table (product integer, can_have integer, row_version bigint, event uuid, changed_at timestamptz)
language plpgsql as $$
begin
    perform 1 from inventory i
    where i.product_id in (select r.product_id from reservations r where r.order_id = p_order and r.state = 'sold')
    order by i.product_id for update;

    return query
    with returned as (
        update reservations r set state = 'released', updated_at = clock_timestamp()
        where r.order_id = p_order and r.state = 'sold'
        returning r.product_id, r.quantity
    ), changed as (
        update inventory i set
            quantity = case when i.removed_at is null then i.quantity + b.quantity else i.quantity end,
            version = i.version + 1, updated_at = clock_timestamp()
        from returned b where i.product_id = b.product_id
        returning i.product_id, i.quantity as after, b.quantity as back, i.quantity - i.reserved as available,
            i.removed_at is not null as gone, i.version, gen_random_uuid() as event,
            date_trunc('milliseconds', i.updated_at) as at
    ), noted as (
        insert into stock_ledger (product_id, delta, quantity_after, reason, order_id)
        select c.product_id, c.back, case when c.gone then c.after + c.back else c.after end, 'returned', p_order
        from changed c
    ), withdrawn as (
        insert into stock_ledger (product_id, delta, quantity_after, reason)
        select c.product_id, -c.back, c.after, 'product removed' from changed c where c.gone
    ), told as (
        insert into outbox (event_id, body)
        select c.event, stock_event(c.event, c.at, p_request, c.product_id, c.available, c.version) from changed c
    )
    select c.product_id, c.available, c.version, c.event, c.at from changed c;
end
$$;
