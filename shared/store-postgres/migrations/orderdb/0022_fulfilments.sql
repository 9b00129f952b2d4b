-- Shipments of an order: all of its pieces at once, or some of them at a time.
alter table orders drop constraint orders_status_known;
alter table orders add constraint orders_status_known check (
    status in ('pending', 'confirmed', 'partially_shipped', 'shipped', 'delivered', 'payment_failed', 'cancelled')
);

create table fulfilments (
    id uuid primary key,
    order_id integer not null references orders (id) on delete cascade,
    status varchar(10) not null default 'shipped',
    carrier varchar(60),
    tracking_number varchar(100),
    tracking_url varchar(500),
    created_at timestamptz not null,
    delivered_at timestamptz,
    constraint fulfilments_status_known check (status in ('shipped', 'delivered')),
    constraint fulfilments_delivered_at check ((status = 'delivered') = (delivered_at is not null)),
    constraint fulfilments_order_key unique (order_id, id)
);

create table fulfilment_items (
    order_id integer not null,
    product_id integer not null,
    fulfilment_id uuid not null,
    quantity integer not null,
    primary key (order_id, product_id, fulfilment_id),
    -- Both of the same order.
    constraint fulfilment_items_of_fulfilment foreign key (order_id, fulfilment_id)
        references fulfilments (order_id, id) on delete cascade,
    constraint fulfilment_items_of_line foreign key (order_id, product_id)
        references order_items (order_id, product_id) on delete cascade,
    constraint fulfilment_items_quantity_positive check (quantity > 0)
);

-- How many of a line's pieces are in a fulfilment. It is in the line's own row: whoever ships changes
-- it under the row's lock, and the constraint judges, so no two of them ship a piece twice.
alter table order_items add column shipped integer not null default 0,
    add constraint order_items_shipped_at_most_bought check (shipped between 0 and quantity);

create function count_shipped() returns trigger language plpgsql
security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    update order_items set shipped = shipped + new.quantity
    where order_id = new.order_id and product_id = new.product_id;
    return new;
end
$$;
-- Before the insert: it has counted when the triggers of `orders`, which come after a statement, look.
create trigger fulfilment_items_counted before insert on fulfilment_items
    for each row execute function count_shipped();

-- An order that is shipped has shipped all of its pieces, and a delivered one has delivered them,
-- whichever statement says so: what is left then leaves in one fulfilment. The version before knows no
-- fulfilments and changes only the status.
create function fulfil_rest() returns trigger language plpgsql
security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    rest uuid := gen_random_uuid();
begin
    if exists (select 1 from order_items where order_id = new.id and shipped < quantity) then
        insert into fulfilments (id, order_id, created_at) values (rest, new.id, new.updated_at);
        insert into fulfilment_items (order_id, product_id, fulfilment_id, quantity)
        select order_id, product_id, rest, quantity - shipped from order_items
        where order_id = new.id and shipped < quantity order by product_id;
    end if;
    if new.status = 'delivered' then
        update fulfilments set status = 'delivered', delivered_at = new.updated_at
        where order_id = new.id and status = 'shipped';
    end if;
    return null;
end
$$;
create trigger orders_fulfil_rest after update of status on orders
    for each row when (new.status in ('shipped', 'delivered') and new.status is distinct from old.status)
    execute function fulfil_rest();

-- Orders from before have left in one piece, when their timeline says.
with gone as (
    insert into fulfilments (id, order_id, status, created_at, delivered_at)
    select gen_random_uuid(), o.id, o.status,
        coalesce((select min(at) from order_timeline where order_id = o.id and status = 'shipped'), o.updated_at),
        case when o.status = 'delivered' then
            coalesce((select min(at) from order_timeline where order_id = o.id and status = 'delivered'), o.updated_at)
        end
    from orders o where o.status in ('shipped', 'delivered')
    returning id, order_id
)
insert into fulfilment_items (order_id, product_id, fulfilment_id, quantity)
select i.order_id, i.product_id, gone.id, i.quantity from gone join order_items i on i.order_id = gone.order_id;
