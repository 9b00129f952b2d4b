-- Links that show one order without a login are signed and not stored. Those from before this time have
-- been revoked; null: none has.
alter table orders add column links_valid_from timestamptz;

-- The use of a discount follows its order to another customer. The limit per customer is not checked: both
-- were the same person all along.
create function move_discount_use() returns trigger language plpgsql
security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    update discount_customers set uses = uses - 1 where discount_id = old.discount_id and user_id = old.user_id;
    insert into discount_customers as c (discount_id, user_id, uses) values (new.discount_id, new.user_id, 1)
    on conflict (discount_id, user_id) do update set uses = c.uses + 1;
    return null;
end
$$;
create trigger orders_move_discount_use after update of user_id on orders
    for each row when (old.discount_id is not null and old.user_id is distinct from new.user_id
        and holds_discount(old.status, old.step))
    execute function move_discount_use();

-- Gives a guest's orders to the account that has claimed the guest, with an event of each: the reviews of
-- that account are now of a purchase. An order with an unfinished run stays until it is finished, since
-- its run knows whom it belongs to. Repeated, it moves what is left. Answers how many moved and how many
-- are left.
create function take_over_orders(p_guest integer, p_user integer, out moved integer, out remaining integer)
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    with given as (
        update orders set user_id = p_user where user_id = p_guest and step is null
        returning id, gen_random_uuid() as event
    ), told as (
        insert into outbox (event_id, body)
        select given.event, jsonb_build_object(
            'eventId', given.event,
            'at', to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
            'type', 'order.taken_over',
            'data', jsonb_build_object('orderId', given.id, 'userId', p_user)
        )::text
        from given
    )
    select count(*) into moved from given;
    select count(*) into remaining from orders where user_id = p_guest;
end
$$;
