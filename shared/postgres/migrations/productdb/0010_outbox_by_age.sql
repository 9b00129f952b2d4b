-- For what is sent again after a queue was lost, and for forgetting what was sent long ago.
create index outbox_by_age on outbox (created_at, id);
