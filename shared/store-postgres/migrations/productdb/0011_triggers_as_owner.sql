-- What triggers write (counts of categories, the history of prices) is written as the owner of the
-- tables, so that nobody else need be able to. See inventorydb.
alter function count_categories() security definer set search_path = pg_catalog, public, pg_temp;
alter function move_category() security definer set search_path = pg_catalog, public, pg_temp;
alter function spell_category() security definer set search_path = pg_catalog, public, pg_temp;
alter function category_spelling(text) security definer set search_path = pg_catalog, public, pg_temp;
alter function note_prices() security definer set search_path = pg_catalog, public, pg_temp;
alter function note_price() security definer set search_path = pg_catalog, public, pg_temp;
alter function next_product() security definer set search_path = pg_catalog, public, pg_temp;
