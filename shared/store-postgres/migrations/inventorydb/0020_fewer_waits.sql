-- Marks events as sent, without waiting for the disk: if a crash of the server loses the mark, the
-- event is sent once more, which consumers expect anyway. A request waits for one disk write less.
--
-- The setting holds until the transaction ends, and it is set in here: a statement that changes a
-- setting would pin a connection of RDS Proxy. So it must be the only statement of its transaction.
-- The version before marks events by an update of its own.
create function mark_sent(p_events uuid[]) returns void language plpgsql
security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    perform set_config('synchronous_commit', 'off', true);
    update outbox set sent_at = clock_timestamp() where event_id = any (p_events);
end
$$;

-- `hold` does not wait for the disk either. Whatever relies on the reservation commits later in this
-- database (`sell`, `release`) and so writes it to the disk too. If a crash of the server loses it,
-- nothing relied on it: `sell` finds nothing, and the checkout is compensated. The rest is as before.
create or replace function hold(
    p_order integer, p_attempt integer, p_products integer[], p_quantities integer[],
    p_seconds double precision, p_request text
) returns table (
    product integer, requested integer, can_have integer, outcome text,
    row_version bigint, event uuid, changed_at timestamptz
) language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
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

    perform set_config('synchronous_commit', 'off', true);
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

-- Commits a reservation like `sell`, for a caller that closes the order next, in the same server: that
-- commit writes this one to the disk too, since a server writes its log in order. Where orderdb is on
-- another server, `sell` itself waits.
create function sell_before_close(p_order integer, p_attempt integer) returns text language plpgsql
security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    perform set_config('synchronous_commit', 'off', true);
    return sell(p_order, p_attempt);
end
$$;
