-- The steps of a checkout that move stock, each one call and one transaction. A step is known by
-- (order, attempt) and changes nothing when it is repeated. Everybody locks inventory rows in
-- the order of their product ids, so that two baskets never wait for each other.

create function stock_event(
    p_event uuid, p_at timestamptz, p_request text, p_product integer, p_available integer, p_version bigint
) returns text language sql immutable as $$
    select json_strip_nulls(json_build_object(
        'eventId', p_event,
        'at', to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
        'requestId', p_request,
        'type', 'stock.changed',
        'data', json_build_object('productId', p_product, 'available', p_available, 'version', p_version)
    ))::text
$$;

-- Holds all lines or none. Outcome: held (with a stock event where something changed), short
-- (the lines that cannot be had), fenced (this attempt was released before: it is too late).
create function hold(
    p_order integer, p_attempt integer, p_products integer[], p_quantities integer[],
    p_seconds double precision, p_request text
) returns table (
    product integer, requested integer, can_have integer, outcome text,
    row_version bigint, event uuid, changed_at timestamptz
) language plpgsql as $$
declare
    prior text;
begin
    perform 1 from inventory i where i.product_id = any (p_products) order by i.product_id for update;

    select r.state into prior from reservations r where r.order_id = p_order and r.attempt = p_attempt limit 1;
    if prior is not null then
        return query
        select w.p, w.q, 0, case prior when 'released' then 'fenced' else 'held' end,
            null::bigint, null::uuid, null::timestamptz
        from unnest(p_products, p_quantities) w (p, q);
        return;
    end if;

    return query
    select w.p, w.q, coalesce(i.quantity - i.reserved, 0), 'short', null::bigint, null::uuid, null::timestamptz
    from unnest(p_products, p_quantities) w (p, q)
    left join inventory i on i.product_id = w.p
    where coalesce(i.quantity - i.reserved, 0) < w.q;
    if found then
        return;
    end if;

    insert into reservations (order_id, attempt, product_id, quantity, expires_at)
    select p_order, p_attempt, w.p, w.q, clock_timestamp() + make_interval(secs => p_seconds)
    from unnest(p_products, p_quantities) w (p, q);

    return query
    with changed as (
        update inventory i set reserved = i.reserved + w.q, version = i.version + 1, updated_at = clock_timestamp()
        from unnest(p_products, p_quantities) w (p, q)
        where i.product_id = w.p
        returning i.product_id, w.q, i.quantity - i.reserved as available, i.version,
            gen_random_uuid() as event, date_trunc('milliseconds', i.updated_at) as at
    ), told as (
        insert into outbox (event_id, body)
        select c.event, stock_event(c.event, c.at, p_request, c.product_id, c.available, c.version) from changed c
    )
    select c.product_id, c.q, c.available, 'held', c.version, c.event, c.at from changed c;
end
$$;

-- What was held leaves the warehouse. Outcome: sold, released (it expired: too late), missing.
-- What is available stays the same, so nobody is told.
create function sell(p_order integer, p_attempt integer) returns text language plpgsql as $$
declare
    prior text;
begin
    perform 1 from inventory i
    where i.product_id in (select r.product_id from reservations r where r.order_id = p_order and r.attempt = p_attempt)
    order by i.product_id for update;

    select r.state into prior from reservations r where r.order_id = p_order and r.attempt = p_attempt limit 1;
    if prior is distinct from 'held' then
        return coalesce(prior, 'missing');
    end if;

    with sold as (
        update reservations r set state = 'sold', updated_at = clock_timestamp()
        where r.order_id = p_order and r.attempt = p_attempt
        returning r.product_id, r.quantity
    ), changed as (
        update inventory i set quantity = i.quantity - s.quantity, reserved = i.reserved - s.quantity,
            updated_at = clock_timestamp()
        from sold s where i.product_id = s.product_id
        returning i.product_id, i.quantity as after, s.quantity as sold
    )
    insert into stock_ledger (product_id, delta, quantity_after, reason, order_id)
    select c.product_id, -c.sold, c.after, 'sold', p_order from changed c;
    return 'sold';
end
$$;

-- Gives back what is held. An attempt that holds nothing yet is marked as released, so that a
-- process that wakes up late cannot hold for it any more. Answers the stock events.
create function release(
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
        update inventory i set reserved = i.reserved - f.quantity, version = i.version + 1,
            updated_at = clock_timestamp()
        from freed f where i.product_id = f.product_id
        returning i.product_id, i.quantity - i.reserved as available, i.version,
            gen_random_uuid() as event, date_trunc('milliseconds', i.updated_at) as at
    ), told as (
        insert into outbox (event_id, body)
        select c.event, stock_event(c.event, c.at, p_request, c.product_id, c.available, c.version) from changed c
    )
    select c.product_id, c.available, c.version, c.event, c.at from changed c;
end
$$;

-- Puts back what a cancelled order had bought. Answers the stock events.
create function take_back(p_order integer, p_request text)
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
        update inventory i set quantity = i.quantity + b.quantity, version = i.version + 1,
            updated_at = clock_timestamp()
        from returned b where i.product_id = b.product_id
        returning i.product_id, i.quantity as after, b.quantity as back, i.quantity - i.reserved as available,
            i.version, gen_random_uuid() as event, date_trunc('milliseconds', i.updated_at) as at
    ), noted as (
        insert into stock_ledger (product_id, delta, quantity_after, reason, order_id)
        select c.product_id, c.back, c.after, 'returned', p_order from changed c
    ), told as (
        insert into outbox (event_id, body)
        select c.event, stock_event(c.event, c.at, p_request, c.product_id, c.available, c.version) from changed c
    )
    select c.product_id, c.available, c.version, c.event, c.at from changed c;
end
$$;
