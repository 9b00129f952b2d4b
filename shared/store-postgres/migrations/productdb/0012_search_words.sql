-- Every word that a product has, or had. A search looks for prefixes, and a GIN index must collect
-- all products of a prefix before it returns one; whole words it intersects ten times as fast. So
-- the list resolves a prefix to the words that begin with it, if they are few. Words are never
-- deleted: one that no product has anymore costs a look into the index.
--
-- Written by triggers, so that no statement can give a product a word that is not found.
create table search_words (
    word text collate "C" primary key
);

create function note_words() returns trigger language plpgsql
security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    -- In one order, so that two writers of the same new words cannot wait for each other.
    insert into search_words (word)
    select distinct word from changed, unnest(tsvector_to_array(search)) as word
    order by word on conflict do nothing;
    return null;
end
$$;

create function note_new_words() returns trigger language plpgsql
security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    insert into search_words (word)
    select word from unnest(tsvector_to_array(new.search)) as word
    except select word from unnest(tsvector_to_array(old.search)) as word
    order by word on conflict do nothing;
    return null;
end
$$;

create trigger products_worded after insert on products
    referencing new table as changed for each statement execute function note_words();
-- A row trigger, so that the frequent updates (stock, rating) do not pay for it.
create trigger products_reworded after update of name, description on products
    for each row when (old.search is distinct from new.search) execute function note_new_words();
