-- How often recovery has taken up what is under way, and when it may take it up again: what fails
-- goes to the end, so that it never delays what nobody has tried yet. Written by the statement
-- that takes it up, before anything is tried, so that a process that dies over it counts as well.
alter table orders add column tries integer not null default 0,
    add column next_try_at timestamptz not null default '-infinity';
alter table refunds add column tries integer not null default 0,
    add column next_try_at timestamptz not null default '-infinity';

drop index orders_under_way;
create index orders_under_way on orders (tries, step_at) where step is not null;
drop index refunds_under_way;
create index refunds_under_way on refunds (tries, step_at) where state = 'intended';

-- Whatever begins with an order begins afresh, whichever statement begins it.
create function begin_afresh() returns trigger language plpgsql as $$
begin
    new.tries := 0;
    new.next_try_at := '-infinity';
    return new;
end
$$;
create trigger orders_begun before update of step on orders
    for each row when (new.step is not null and new.step is distinct from old.step) execute function begin_afresh();

-- For what is sent again after a queue was lost, and for forgetting what was sent long ago.
create index outbox_by_age on outbox (created_at, id);
