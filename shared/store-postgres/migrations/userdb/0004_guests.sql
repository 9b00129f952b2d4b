-- People who buy without an account. Their ids come from the same numbers as those of accounts: an id in
-- another store is one person's, whichever of the two they are.
create table guests (
    id integer primary key default nextval('users_id_seq'),
    email varchar(255) not null,
    name varchar(100) not null,
    created_at timestamptz not null,
    -- The account that has taken their orders over: its address is the guest's, and was verified.
    claimed_by integer references users (id),
    claimed_at timestamptz,
    -- When no order of theirs was left in orderdb. Until then recovery moves what it finds there.
    moved_at timestamptz,
    constraint guests_email_lower check (email = lower(email)),
    constraint guests_claimed check ((claimed_by is null) = (claimed_at is null)),
    constraint guests_moved check (moved_at is null or claimed_at is not null)
);
create index guests_unclaimed on guests (email, id) where claimed_by is null;
create index guests_of_account on guests (claimed_by, id) where claimed_by is not null;
create index guests_to_move on guests (id) where claimed_at is not null and moved_at is null;

-- When somebody opened a link that was mailed to the account's address.
alter table users add column email_verified_at timestamptz;
