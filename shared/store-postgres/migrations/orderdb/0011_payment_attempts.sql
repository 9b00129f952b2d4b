-- When the latest attempts to pay for an order were begun, the newest first, at most as many as an
-- order may have within their time. In the order's own row: the statement that begins an attempt
-- judges by it under the row's lock, so of many at once no more get through than that. Orders from
-- before have none; a new order begins with the attempt that places it.
alter table orders add column attempted_at timestamptz[] not null default '{}';
alter table orders alter column attempted_at set default array[clock_timestamp()];
