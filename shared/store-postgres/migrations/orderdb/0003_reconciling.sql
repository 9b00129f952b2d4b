-- When what is under way with an order was begun. `step_at` moves with every attempt to recover
-- it, so it cannot tell for how long an order has not come to its end.
alter table orders add column begun_at timestamptz not null default clock_timestamp();

-- An order's refunds: for whoever holds its money against its ledger, and for deleting an order
-- that never came about, which asks whether it has any.
create index refunds_of_order on refunds (order_id);
