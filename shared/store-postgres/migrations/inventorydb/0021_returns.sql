-- Pieces that a customer returned and that are on sale again: their changes name the return.
alter table stock_ledger add column return_id uuid;
create unique index stock_ledger_of_return on stock_ledger (order_id, return_id, product_id)
    where return_id is not null;

-- Puts pieces of a received return back. Keyed by the return: repeated, it changes nothing. What comes
-- back of a product that left the catalogue is not for sale: its ledger says that it came back and that
-- it was withdrawn.
create function restock_return(
    p_return uuid, p_order integer, p_products integer[], p_quantities integer[], p_request text
) returns table (product integer, can_have integer, row_version bigint, event uuid, changed_at timestamptz)
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    perform 1 from inventory i where i.product_id = any (p_products) order by i.product_id for update;

    if exists (select 1 from stock_ledger l where l.order_id = p_order and l.return_id = p_return) then
        return;
    end if;

    return query
    with changed as (
        update inventory i set
            quantity = case when i.removed_at is null then i.quantity + b.pieces else i.quantity end,
            version = i.version + 1, updated_at = clock_timestamp()
        from unnest(p_products, p_quantities) as b (id, pieces) where i.product_id = b.id
        returning i.product_id, i.quantity as after, b.pieces as back, i.quantity - i.reserved as available,
            i.removed_at is not null as gone, i.version, gen_random_uuid() as event,
            date_trunc('milliseconds', i.updated_at) as at
    ), noted as (
        insert into stock_ledger (product_id, delta, quantity_after, reason, order_id, return_id)
        select c.product_id, c.back, case when c.gone then c.after + c.back else c.after end, 'returned', p_order,
            p_return
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
