-- Returns: pieces of an order that come back, and refunds of pieces instead of amounts.
create table returns (
    id uuid primary key,
    order_id integer not null references orders (id) on delete cascade,
    status varchar(10) not null default 'requested',
    reason varchar(500) not null,
    note varchar(500),
    created_at timestamptz not null,
    decided_at timestamptz,
    received_at timestamptz,
    constraint returns_status_known check (status in ('requested', 'approved', 'rejected', 'received')),
    constraint returns_decided_at check (status not in ('approved', 'rejected') or decided_at is not null),
    constraint returns_received_at check ((status = 'received') = (received_at is not null)),
    constraint returns_order_key unique (order_id, id)
);
create index returns_by_status on returns (status, id desc);

create table return_items (
    order_id integer not null,
    product_id integer not null,
    return_id uuid not null,
    quantity integer not null,
    -- The pieces that go back on sale when it is received.
    restocked integer not null default 0,
    primary key (order_id, product_id, return_id),
    -- Both of the same order.
    constraint return_items_of_return foreign key (order_id, return_id)
        references returns (order_id, id) on delete cascade,
    constraint return_items_of_line foreign key (order_id, product_id)
        references order_items (order_id, product_id) on delete cascade,
    constraint return_items_quantity_positive check (quantity > 0),
    constraint return_items_restocked check (restocked between 0 and quantity)
);

-- How many of a line's pieces are in a return that was not rejected, and how many were refunded, or are
-- being refunded, for how much. They are in the line's own row, like `shipped`.
alter table order_items
    add column returned integer not null default 0,
    add column refunded integer not null default 0,
    add column refunded_amount decimal(10, 2) not null default 0,
    add constraint order_items_returned_at_most_shipped check (returned between 0 and shipped),
    add constraint order_items_refunded_at_most_bought check (refunded between 0 and quantity),
    add constraint order_items_refunded_at_most_paid check (refunded_amount between 0 and total);

create function count_returned() returns trigger language plpgsql
security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    update order_items set returned = returned + new.quantity
    where order_id = new.order_id and product_id = new.product_id;
    return new;
end
$$;
create trigger return_items_counted before insert on return_items
    for each row execute function count_returned();

-- The pieces of a rejected return may be in another one.
create function free_returned() returns trigger language plpgsql
security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    update order_items l set returned = l.returned - i.quantity from return_items i
    where i.order_id = new.order_id and i.return_id = new.id
        and l.order_id = i.order_id and l.product_id = i.product_id;
    return null;
end
$$;
create trigger returns_free_returned after update of status on returns
    for each row when (new.status = 'rejected' and old.status <> 'rejected') execute function free_returned();

-- A refund of pieces has `refund_items`, and `shipping` if that is refunded with them. The refund of a
-- received return has the return's id: it is the work that receiving leaves to do, so there is one even
-- when nothing is left to refund, and it is never refused. It is done when its pieces are back on sale:
-- whoever ends it says so. The version before knows no returns, and cannot end it without that.
alter table refunds
    add column shipping decimal(10, 2),
    add column reason varchar(200),
    add column return_id uuid references returns (id),
    add column restocked boolean not null default false,
    add constraint refunds_return_key unique (return_id),
    add constraint refunds_order_key unique (order_id, id),
    add constraint refunds_shipping_not_negative check (shipping >= 0),
    add constraint refunds_of_return_end check (
        return_id is null or state = 'intended' or (state = 'done' and restocked)
    ),
    drop constraint refunds_amount_positive,
    add constraint refunds_amount_positive check (amount > 0 or (amount = 0 and return_id is not null));
-- Shipping is refunded once. A refused refund has refunded nothing.
create unique index refunds_of_shipping on refunds (order_id) where shipping is not null and state <> 'refused';

create table refund_items (
    order_id integer not null,
    product_id integer not null,
    refund_id uuid not null,
    quantity integer not null,
    -- What these pieces cost. Of a return's refund more than was refunded, if less was left of the payment.
    amount decimal(10, 2) not null,
    primary key (order_id, product_id, refund_id),
    constraint refund_items_of_refund foreign key (order_id, refund_id) references refunds (order_id, id),
    constraint refund_items_of_line foreign key (order_id, product_id)
        references order_items (order_id, product_id),
    constraint refund_items_quantity_positive check (quantity > 0),
    constraint refund_items_amount_not_negative check (amount >= 0)
);

create function count_refunded() returns trigger language plpgsql
security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    update order_items set refunded = refunded + new.quantity, refunded_amount = refunded_amount + new.amount
    where order_id = new.order_id and product_id = new.product_id;
    return new;
end
$$;
create trigger refund_items_counted before insert on refund_items
    for each row execute function count_refunded();

-- What the processor refuses is not refunded: its pieces may be refunded again. The order's row is
-- locked first, as by whoever begins a refund: the two lock in the same order.
create function free_refunded() returns trigger language plpgsql
security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    perform 1 from orders where id = new.order_id for update;
    update order_items l set refunded = l.refunded - i.quantity, refunded_amount = l.refunded_amount - i.amount
    from refund_items i
    where i.order_id = new.order_id and i.refund_id = new.id
        and l.order_id = i.order_id and l.product_id = i.product_id;
    return null;
end
$$;
create trigger refunds_free_refunded after update of state on refunds
    for each row when (new.state = 'refused' and old.state <> 'refused') execute function free_refunded();
