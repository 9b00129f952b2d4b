-- Accounts. An address is stored in lower case, so the constraint judges it without regard to case.
create table users (
    id serial primary key,
    name varchar(100) not null,
    email varchar(255) not null,
    password_hash varchar(255) not null,
    role varchar(20) not null default 'customer',
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint users_email_key unique (email),
    constraint users_email_lower check (email = lower(email)),
    constraint users_role_known check (role in ('customer', 'admin'))
);
