-- What an order costs besides its goods: tax, shipping and discounts, and what a shop sets for them.
-- An empty shop has prices that include tax, no tax rates, and one shipping method that costs nothing.

create table shop_settings (
    id boolean primary key default true,
    currency char(3) not null default 'EUR',
    home_country char(2) not null default 'DE',
    prices_include_tax boolean not null default true,
    address_required boolean not null default false,
    return_days integer not null default 14,
    name varchar(100),
    address jsonb,
    constraint shop_settings_one_row check (id),
    constraint shop_settings_return_days check (return_days between 0 and 365)
);
insert into shop_settings default values;

create table tax_rates (
    id serial primary key,
    country char(2) not null,
    -- Empty for the whole country and for all categories, so that the key holds for these too.
    region varchar(100) not null default '',
    category varchar(100) not null default '',
    basis_points integer not null,
    constraint tax_rates_percentage check (basis_points between 0 and 10000)
);
create unique index tax_rates_key on tax_rates (country, lower(region), lower(category));

create table shipping_methods (
    id serial primary key,
    name varchar(60) not null,
    price decimal(10, 2) not null,
    free_above decimal(10, 2),
    -- Empty for every country.
    countries text[] not null default '{}',
    min_days integer not null,
    max_days integer not null,
    active boolean not null default true,
    constraint shipping_methods_key unique (name),
    constraint shipping_methods_price check (price >= 0 and free_above >= 0),
    constraint shipping_methods_days check (min_days between 0 and 365 and max_days between min_days and 365)
);
insert into shipping_methods (name, price, min_days, max_days) values ('Standard', 0, 2, 5);

create table discounts (
    id serial primary key,
    code varchar(32) not null,
    kind varchar(10) not null,
    -- Hundredths of a percent, or cents.
    value bigint not null,
    minimum_subtotal decimal(10, 2) not null default 0,
    starts_at timestamptz,
    ends_at timestamptz,
    max_uses integer,
    max_uses_per_customer integer,
    -- The orders that hold a use: see `holds_discount`.
    uses integer not null default 0,
    active boolean not null default true,
    created_at timestamptz not null default clock_timestamp(),
    updated_at timestamptz not null default clock_timestamp(),
    constraint discounts_code_key unique (code),
    constraint discounts_code_upper check (code = upper(code)),
    constraint discounts_kind_known check (kind in ('percentage', 'amount')),
    constraint discounts_value check (value >= 1 and (kind = 'amount' or value <= 10000)),
    constraint discounts_time check (starts_at < ends_at),
    constraint discounts_limits check (max_uses >= 1 and max_uses_per_customer >= 1),
    constraint discounts_within_limit check (uses between 0 and coalesce(max_uses, uses))
);

create table discount_customers (
    discount_id integer not null references discounts (id),
    user_id integer not null,
    uses integer not null,
    primary key (discount_id, user_id),
    constraint discount_customers_uses check (uses >= 0)
);

-- Grows with every change of what prices depend on. A function keeps the rules for a while; the
-- statement that places an order compares this, so no order has a price of yesterday's rules.
create table pricing_version (
    id boolean primary key default true,
    version bigint not null default 1,
    constraint pricing_version_one_row check (id)
);
insert into pricing_version default values;

create function pricing_changed() returns trigger language plpgsql
security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    update pricing_version set version = version + 1;
    return null;
end
$$;
create trigger shop_settings_changed after insert or update or delete on shop_settings
    for each statement execute function pricing_changed();
create trigger tax_rates_changed after insert or update or delete on tax_rates
    for each statement execute function pricing_changed();
create trigger shipping_methods_changed after insert or update or delete on shipping_methods
    for each statement execute function pricing_changed();
-- Not for its uses: every order changes those.
create trigger discounts_changed
    after insert or delete or update of code, kind, value, minimum_subtotal, starts_at, ends_at, max_uses,
        max_uses_per_customer, active on discounts
    for each statement execute function pricing_changed();

-- The money of an order. An order from before has paid for its goods only.
alter table orders
    add column currency char(3) not null default 'EUR',
    add column subtotal decimal(10, 2),
    add column discount decimal(10, 2) not null default 0,
    add column shipping decimal(10, 2) not null default 0,
    add column shipping_tax decimal(10, 2) not null default 0,
    add column tax decimal(10, 2) not null default 0,
    add column tax_included boolean not null default true,
    add column shipping_address jsonb,
    add column email varchar(255),
    add column shipping_method_id integer,
    add column shipping_method varchar(60),
    add column discount_id integer references discounts (id),
    add column discount_code varchar(32);
alter table order_items
    add column discount decimal(10, 2) not null default 0,
    add column tax decimal(10, 2) not null default 0,
    add column tax_basis_points integer not null default 0,
    add column total decimal(10, 2);
update orders set subtotal = total;
update order_items set total = price * quantity;
create index orders_of_discount on orders (discount_id) where discount_id is not null;

-- The version before inserts orders without these columns.
create function price_goods_only() returns trigger language plpgsql as $$
begin
    new.subtotal := new.total;
    return new;
end
$$;
create trigger orders_of_version_before before insert on orders
    for each row when (new.subtotal is null) execute function price_goods_only();
create function price_line_only() returns trigger language plpgsql as $$
begin
    new.total := new.price * new.quantity;
    return new;
end
$$;
create trigger order_items_of_version_before before insert on order_items
    for each row when (new.total is null) execute function price_line_only();

alter table orders
    alter column subtotal set not null,
    add constraint orders_money check (
        subtotal - discount + shipping + case when tax_included then 0 else tax end = total
    ),
    add constraint orders_parts check (
        discount between 0 and subtotal and shipping >= 0 and shipping_tax between 0 and tax
    );
alter table order_items
    alter column total set not null,
    add constraint order_items_parts check (
        discount between 0 and price * quantity and tax >= 0 and total >= 0
    );

-- Whether an order with this status and step holds a use of its discount. One that was cancelled or
-- that could not be paid gives it back; paying again takes it again.
create function holds_discount(p_status text, p_step text) returns boolean language sql immutable as $$
    select p_status not in ('cancelled', 'payment_failed') or (p_status = 'payment_failed' and p_step is not distinct from 'pay')
$$;

-- Counts the use of a discount in the order's own transaction. The discount's row is locked by the
-- statement that counts, so a limit holds under any concurrency; raising undoes the count.
create function take_discount() returns trigger language plpgsql
security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    taken record;
    of_customer integer;
begin
    -- Not `for update`: the foreign key of each concurrent order has a key share lock on this row by
    -- now, and two of them would wait for each other.
    select * into taken from discounts where id = new.discount_id for no key update;
    if not found or not taken.active then
        raise exception 'this discount is not active' using errcode = 'DS001';
    end if;
    if taken.starts_at > clock_timestamp() then
        raise exception 'this discount has not started' using errcode = 'DS002';
    end if;
    if taken.ends_at <= clock_timestamp() then
        raise exception 'this discount has ended' using errcode = 'DS003';
    end if;
    if taken.uses >= taken.max_uses then
        raise exception 'this discount is used up' using errcode = 'DS004';
    end if;
    update discounts set uses = uses + 1 where id = new.discount_id;
    insert into discount_customers as c (discount_id, user_id, uses) values (new.discount_id, new.user_id, 1)
    on conflict (discount_id, user_id) do update set uses = c.uses + 1
    returning uses into of_customer;
    if of_customer > taken.max_uses_per_customer then
        raise exception 'this customer has used this discount' using errcode = 'DS005';
    end if;
    return null;
end
$$;

create function give_discount_back() returns trigger language plpgsql
security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    update discounts set uses = uses - 1 where id = old.discount_id;
    update discount_customers set uses = uses - 1 where discount_id = old.discount_id and user_id = old.user_id;
    return null;
end
$$;

create trigger orders_take_discount after insert on orders
    for each row when (new.discount_id is not null and holds_discount(new.status, new.step))
    execute function take_discount();
create trigger orders_take_discount_again after update of status, step on orders
    for each row when (new.discount_id is not null
        and holds_discount(new.status, new.step) and not holds_discount(old.status, old.step))
    execute function take_discount();
create trigger orders_give_discount_back after update of status, step on orders
    for each row when (old.discount_id is not null
        and holds_discount(old.status, old.step) and not holds_discount(new.status, new.step))
    execute function give_discount_back();
create trigger orders_delete_discount_use after delete on orders
    for each row when (old.discount_id is not null and holds_discount(old.status, old.step))
    execute function give_discount_back();
