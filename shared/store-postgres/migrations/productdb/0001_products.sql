-- The catalogue. `stock` and the rating are projections: inventorydb and reviewdb own them, and
-- the catalog worker writes them here with the version of the state that they come from.

-- The words of a text, for the index and for what is looked for alike: runs of letters and
-- digits, in lower case, the same whatever the database's own locale. (The text search parser
-- would keep `e-mail`, `-5` and `example.org` whole.) Words are cut where no one types further.
create function words(text) returns text[] language sql immutable parallel safe strict as $$
    select coalesce(array_agg(distinct left(word, 64)), '{}')
    from regexp_split_to_table(lower($1 collate "und-x-icu"), '[^[:alnum:]]+') as word
    where word <> ''
$$;

-- Looks for every word of a text, each as a prefix; null where the text has no word.
create function prefixes(text) returns tsquery language sql immutable parallel safe strict as $$
    select string_agg(quote_literal(word) || ':*', ' & ')::tsquery from unnest(words($1)) as word
$$;

create table products (
    id serial primary key,
    -- A collation that puts `apple` before `Zebra`, named so that every machine has the same.
    name varchar(255) collate "und-x-icu" not null,
    description text,
    price decimal(10, 2) not null,
    stock integer not null default 0,
    image varchar(500),
    category varchar(100),
    created_at timestamptz not null,
    updated_at timestamptz not null,
    stock_version bigint not null default 0,
    rating_count bigint not null default 0,
    rating_sum bigint not null default 0,
    rating_version bigint not null default 0,
    rating_average numeric(3, 2) not null generated always as (
        case when rating_count > 0 then round(rating_sum::numeric / rating_count, 2) else 0 end
    ) stored,
    -- Indexed in place of `stock`: a sale changes no index until the last piece is gone.
    available boolean not null generated always as (stock > 0) stored,
    search tsvector not null generated always as (
        array_to_tsvector(words(name || ' ' || coalesce(description, '')))
    ) stored,
    constraint products_price_not_negative check (price >= 0),
    constraint products_stock_not_negative check (stock >= 0)
);

-- One index for each order of the list, alone and within a category; the id makes each total,
-- and both directions read the same index. The primary key serves the newest first. Each carries
-- what else a list without a search is narrowed by or sorted by, so that finding the ids of a
-- page reads no rows.
create index products_by_price on products (price, id) include (name, rating_average, available);
create index products_by_name on products (name, id) include (price, available);
create index products_by_rating on products (rating_average, id) include (price, available);
create index products_in_category on products (category, id) include (price, available);
create index products_in_category_by_price on products (category, price, id)
    include (name, rating_average, available);
create index products_in_category_by_name on products (category, name, id) include (price, available);
create index products_in_category_by_rating on products (category, rating_average, id) include (price, available);
-- For what is narrowed by stock: the few that are sold out, or the few that are not.
create index products_available on products (available, price, id) include (name, rating_average);
create index products_available_in_category on products (category, available, price, id)
    include (name, rating_average);
create index products_search on products using gin (search) with (fastupdate = off);

-- How many products each category has, kept by statement triggers, so that listing the
-- categories never reads the catalogue.
create table categories (
    name varchar(100) primary key,
    products bigint not null,
    constraint categories_products_not_negative check (products >= 0)
);

create function count_categories() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        insert into categories (name, products)
        select category, count(*) from changed where category is not null group by category order by category
        on conflict (name) do update set products = categories.products + excluded.products;
    else
        update categories c set products = c.products - gone.products
        from (select category, count(*) as products from changed where category is not null group by category) gone
        where c.name = gone.category;
    end if;
    return null;
end
$$;

create trigger products_inserted after insert on products
    referencing new table as changed for each statement execute function count_categories();
create trigger products_deleted after delete on products
    referencing old table as changed for each statement execute function count_categories();

-- A changed category moves its product from one count to the other. A row trigger, so that the
-- frequent updates (stock, rating) do not pay for it.
create function move_category() returns trigger language plpgsql as $$
begin
    -- Locked in one order, so that two opposite moves cannot wait for each other.
    perform from categories where name in (old.category, new.category) order by name for update;
    update categories set products = products - 1 where name = old.category;
    if new.category is not null then
        insert into categories (name, products) values (new.category, 1)
        on conflict (name) do update set products = categories.products + 1;
    end if;
    return null;
end
$$;

create trigger products_moved after update of category on products
    for each row when (old.category is distinct from new.category) execute function move_category();

-- Facts to be told, written in the transaction of the change that they tell of.
create table outbox (
    id bigserial primary key,
    event_id uuid not null,
    body text not null,
    created_at timestamptz not null default clock_timestamp(),
    sent_at timestamptz,
    constraint outbox_event_id_key unique (event_id)
);
create index outbox_unsent on outbox (id) where sent_at is null;
