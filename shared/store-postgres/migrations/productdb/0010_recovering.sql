-- How often recovery has taken a write up, and when it may again; see orderdb.
alter table product_writes add column tries integer not null default 0,
    add column next_try_at timestamptz not null default '-infinity';
drop index product_writes_by_age;
create index product_writes_under_way on product_writes (tries, step_at);

-- For what is sent again after a queue was lost, and for forgetting what was sent long ago.
create index outbox_by_age on outbox (created_at, id);
