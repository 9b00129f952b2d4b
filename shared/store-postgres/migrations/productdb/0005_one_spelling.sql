-- Text that means the same is found as the same: in a search whatever its accents, case and
-- encoding, as a category whatever its case.
--
-- The version before runs beside this one while it is deployed. It searches through `words` and
-- `prefixes` too, writes through the same triggers, and goes on working.
--
-- Locks: no table is locked against readers or writers. Only rows that change are written: those
-- whose words have letters beyond ASCII, names that were not composed, products of a category
-- with several spellings. Each of them stays locked until the end of this migration; whoever
-- writes one meanwhile waits, and is refused after its role's `lock_timeout` of 1.5 seconds: a
-- stock or rating fact comes again, an admin gets a 503. A catalogue of a million products that
-- are all English is read once, in some seconds.

-- What a text is compared by in a search: letters without what stands above and below them, in one
-- case, in one encoding. `İ` and `ı` are an `i` to whoever has no Turkish keyboard. Marks that are
-- part of a letter's sound (of `が`, of Devanagari) stay, since only those of Latin, Greek and
-- Cyrillic letters are taken away.
create function folded(text) returns text language sql immutable parallel safe strict as $$
    select replace(replace(
        lower(normalize(regexp_replace(normalize($1, nfkd), '[\u0300-\u036f]+', '', 'g'), nfkc) collate "und-x-icu"),
        'ı', 'i'), 'ß', 'ss')
$$;

create or replace function words(text) returns text[] language sql immutable parallel safe strict as $$
    select coalesce(array_agg(distinct left(word, 64)), '{}')
    from regexp_split_to_table(folded($1) collate "und-x-icu", '[^[:alnum:]]+') as word
    where word <> ''
$$;

-- What a category is compared by: its case alone is no difference.
create function category_key(text) returns text language sql immutable parallel safe strict as $$
    select lower(normalize($1, nfkc) collate "und-x-icu")
$$;

-- Names from before text was composed at the edge.
update products set name = normalize(name, nfc)
where name is not nfc normalized and length(normalize(name, nfc)) <= 255;

-- Of several spellings the one on most products stays; `products_moved` counts the others over.
with spelled as (
    select category, count(*) as products from products where category is not null group by category
), kept as (
    select distinct on (category_key(category)) category_key(category) as key, category
    from spelled order by category_key(category), products desc, category
)
update products p set category = kept.category
from kept where category_key(p.category) = kept.key and p.category <> kept.category;
delete from categories where products = 0;

create unique index categories_by_key on categories (category_key(name));

-- The search column again, where it would now be another: writing what it is made of makes it.
-- Words of ASCII alone are folded as before.
update products set description = description
where (name ~ '[^\x01-\x7f]' or description ~ '[^\x01-\x7f]')
  and search is distinct from array_to_tsvector(words(name || ' ' || coalesce(description, '')));

-- The spelling of a category that products have, and of a new one its own, which it has from now
-- on: two who open it at once get the same.
create function category_spelling(wanted text) returns text language plpgsql strict as $$
declare spelling text;
begin
    select name into spelling from categories where category_key(name) = category_key(wanted);
    if spelling is null then
        insert into categories (name, products) values (wanted, 0) on conflict do nothing;
        select name into strict spelling from categories where category_key(name) = category_key(wanted);
    end if;
    return spelling;
end
$$;

-- The same for a filter, which opens nothing. Stable, so that the planner asks it too and knows how
-- many products the category has.
create function category_as_spelled(wanted text) returns text language sql stable parallel safe strict as $$
    select coalesce((select name from categories where category_key(name) = category_key($1)), $1)
$$;

create function spell_category() returns trigger language plpgsql as $$
begin
    new.category := category_spelling(new.category);
    return new;
end
$$;

create trigger products_spelled before insert on products
    for each row when (new.category is not null) execute function spell_category();

-- Updates spell the category in their statement: with a trigger before them, every update of a
-- stock would make the search column again. One that does not, as of the version before, is put
-- right behind it: the second update fires this trigger once more, which then counts it.
create or replace function move_category() returns trigger language plpgsql as $$
declare spelling text;
begin
    spelling := category_spelling(new.category);
    -- Locked in one order, so that two opposite moves cannot wait for each other.
    perform from categories where name in (old.category, spelling) order by name for update;
    update categories set products = products - 1 where name = old.category;
    if spelling <> new.category then
        update products set category = spelling where id = new.id;
    elsif new.category is not null then
        update categories set products = products + 1 where name = new.category;
    end if;
    return null;
end
$$;
