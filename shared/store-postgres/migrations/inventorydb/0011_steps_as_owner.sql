-- The steps run as the owner of the tables: whoever may take a step may change stock by that step
-- alone, and by no statement of their own. A path of their own keeps anybody else's tables out.
--
-- The version before calls them as it did. `create or replace` forgets both settings: a later
-- migration that replaces one of them repeats them, and a test looks.
alter function hold(integer, integer, integer[], integer[], double precision, text)
    security definer set search_path = pg_catalog, public, pg_temp;
alter function sell(integer, integer) security definer set search_path = pg_catalog, public, pg_temp;
alter function release(integer, integer, integer[], integer[], text)
    security definer set search_path = pg_catalog, public, pg_temp;
alter function take_back(integer, text) security definer set search_path = pg_catalog, public, pg_temp;
alter function set_stock(uuid, integer, integer, integer, text)
    security definer set search_path = pg_catalog, public, pg_temp;
alter function remove_stock(integer, integer, text) security definer set search_path = pg_catalog, public, pg_temp;
