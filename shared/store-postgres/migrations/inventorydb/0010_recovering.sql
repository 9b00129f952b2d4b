-- How often recovery has tried to release a hold that outlived its time, and when it may try again:
-- one that cannot be released goes to the end and keeps no other from being released.
alter table reservations add column tries integer not null default 0,
    add column next_try_at timestamptz not null default '-infinity';

-- For what is sent again after a queue was lost, and for forgetting what was sent long ago.
create index outbox_by_age on outbox (created_at, id);
