-- The next order's number. `nextval` itself stays out of the statements that we send: RDS Proxy
-- keeps a connection for whoever names it (its result could be asked for again with `currval`,
-- which nobody here does), and no other client can use that connection until this one ends.
create function next_order() returns integer language sql volatile as $$
    select nextval('orders_id_seq')::integer
$$;
