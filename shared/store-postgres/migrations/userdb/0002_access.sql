-- What an operator says of an account, and who may be signed in to it. A session is of the epoch
-- that its login read: where the account's is later, the session is over.
alter table users
    add column session_epoch integer not null default 0,
    add column disabled_at timestamptz,
    -- Counts the changes of role, epoch and disabled_at: Redis keeps the latest, whichever of two
    -- operators writes last.
    add column access_version integer not null default 0;
