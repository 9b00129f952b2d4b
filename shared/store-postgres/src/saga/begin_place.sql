with rules as materialized (
    select version = $6::bigint as is_latest from pricing_version where id
), number as materialized (
    select next_order() as id from rules where is_latest
), fresh as materialized (
    select id, encode(substring(uuid_send($4::uuid) from 1 for 12) || int4send(id), 'hex')::uuid as payment
    from number
), taken as (
    insert into idempotency_keys as k (user_id, route, key, fingerprint, locked_until, subject, request_id)
    select $1::integer, 'orders', $7::text, $8::bytea, clock_timestamp() + make_interval(secs => $9), payment, $10::text
    from fresh where $7::text is not null
    on conflict (user_id, route, key) do update
    set fingerprint = excluded.fingerprint, locked_until = excluded.locked_until,
        created_at = clock_timestamp(), subject = excluded.subject, outcome = null,
        request_id = excluded.request_id
    where k.created_at < clock_timestamp() - interval '24 hours'
       or (k.subject is null and k.locked_until < clock_timestamp() and k.fingerprint = excluded.fingerprint)
    returning 1
), placed as (
    insert into orders (
        id, user_id, status, created_at, updated_at, step, payment_id, payment_method,
        currency, subtotal, discount, shipping, shipping_tax, tax, tax_included, total,
        shipping_address, email, shipping_method_id, shipping_method, discount_id, discount_code)
    select fresh.id, $1::integer, 'pending', $3::timestamptz, $3::timestamptz, 'place', fresh.payment, $5::text,
        draft.currency, draft.subtotal, draft.discount, draft.shipping, draft.shipping_tax, draft.tax,
        draft.tax_included, draft.total, draft.shipping_address, draft.email, draft.shipping_method_id,
        draft.shipping_method, draft.discount_id, draft.discount_code
    from fresh, jsonb_to_record($2::jsonb) as draft (
        currency text, subtotal numeric, discount numeric, shipping numeric, shipping_tax numeric, tax numeric,
        tax_included boolean, total numeric, shipping_address jsonb, email text, shipping_method_id integer,
        shipping_method text, discount_id integer, discount_code text)
    where $7::text is null or exists (select 1 from taken)
    returning id, payment_id
), lines as (
    insert into order_items (order_id, product_id, name, quantity, price, discount, tax, tax_basis_points, total)
    select placed.id, line.product_id, line.name, line.quantity, line.price, line.discount, line.tax,
        line.tax_basis_points, line.total
    from placed, jsonb_to_recordset($2::jsonb -> 'lines') as line (
        product_id integer, name text, quantity integer, price numeric, discount numeric, tax numeric,
        tax_basis_points integer, total numeric)
), noted as (
    insert into order_timeline (order_id, status, at) select id, 'pending', $3::timestamptz from placed
)
select rules.is_latest as "is_latest!", placed.id as "id?", placed.payment_id as "payment_id?",
    k.fingerprint as "fingerprint?", k.outcome, k.request_id, k.subject,
    extract(epoch from k.locked_until - clock_timestamp())::double precision as left_seconds
from rules
left join placed on true
left join idempotency_keys k
    on k.user_id = $1::integer and k.route = 'orders' and k.key = $7::text and placed.id is null
