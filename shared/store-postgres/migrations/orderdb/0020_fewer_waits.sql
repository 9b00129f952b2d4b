-- Marks events as sent, without waiting for the disk: if a crash of the server loses the mark, the
-- event is sent once more, which consumers expect anyway. A request waits for one disk write less.
--
-- The setting holds until the transaction ends, and it is set in here: a statement that changes a
-- setting would pin a connection of RDS Proxy. So it must be the only statement of its transaction.
-- The version before marks events by an update of its own.
create function mark_sent(p_events uuid[]) returns void language plpgsql
security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    perform set_config('synchronous_commit', 'off', true);
    update outbox set sent_at = clock_timestamp() where event_id = any (p_events);
end
$$;
