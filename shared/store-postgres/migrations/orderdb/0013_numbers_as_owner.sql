-- The next order's number is taken as the sequence's owner; see inventorydb.
alter function next_order() security definer set search_path = pg_catalog, public, pg_temp;
