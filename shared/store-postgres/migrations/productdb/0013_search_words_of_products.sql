-- no-transaction
-- The words of the products that are there already; the triggers are in place, so none is missed in
-- between. In steps of 1,000 products, each its own transaction: whoever saves a product with a word
-- that is being written waits for one step. A step that fails is repeated with all others.
do $$
declare
    place integer := 0;
    newest integer;
begin
    select coalesce(max(id), 0) into newest from products;
    while place < newest loop
        insert into search_words (word)
        select distinct word from products, unnest(tsvector_to_array(search)) as word
        where id > place and id <= place + 1000
        order by word on conflict do nothing;
        commit;
        place := place + 1000;
    end loop;
end
$$;
