-- What each product has cost, and since when: what the price on an order's line is held against.
-- Written by triggers, so that no statement can change a price without it; never changed, and
-- kept when its product is removed, since its orders are.
create table price_history (
    id bigserial primary key,
    product_id integer not null,
    price decimal(10, 2) not null,
    since timestamptz not null default clock_timestamp()
);
create index price_history_of_product on price_history (product_id, id);

create function note_prices() returns trigger language plpgsql as $$
begin
    insert into price_history (product_id, price) select id, price from changed order by id;
    return null;
end
$$;

-- A row trigger, so that the frequent updates (stock, rating) do not pay for it.
create function note_price() returns trigger language plpgsql as $$
begin
    insert into price_history (product_id, price) values (new.id, new.price);
    return null;
end
$$;

create trigger products_priced after insert on products
    referencing new table as changed for each statement execute function note_prices();
create trigger products_repriced after update of price on products
    for each row when (old.price is distinct from new.price) execute function note_price();

-- Products that are there already have a history from now on.
insert into price_history (product_id, price) select id, price from products order by id;
