\set n :n + 1
BEGIN;
INSERT INTO requests (caller, request_id, method, digest, response)
    VALUES (('00000000-0000-0000-0000-' || lpad(to_hex(:client_id::bigint + 1), 12, '0')), gen_random_uuid(),
        '/artel.orders.v1.OrdersService/PlaceOrder', decode(repeat('ab', 32), 'hex'), '\x{response}')
    ON CONFLICT DO NOTHING;
SELECT id, external_id, name, email, phone, language, registered_at, version FROM clients
    WHERE id = ('00000000-0000-0000-0000-' || lpad(to_hex(:client_id::bigint + 1), 12, '0'))::uuid;
SELECT id, version, name, description, base_minor, currency, duration_ms, grace_ms, needs, archived, newest FROM service_types
    WHERE id = '{service}' AND newest;
INSERT INTO orders (id, client_id, client_name, service_type_id, service_type_version, service_type_name, description, place, contact,
        slot_start, slot_end, repeats, state, waiting, placed_at, version)
    VALUES ((lpad(to_hex(:n::bigint), 20, '0') || lpad(to_hex(:client_id::bigint), 12, '0'))::uuid,
        ('00000000-0000-0000-0000-' || lpad(to_hex(:client_id::bigint + 1), 12, '0'))::uuid, 'Anna Ivanova', '{service}', 1, 'Queueing',
        'Stand in a queue for two tickets, row 7 or nearer, until they are sold out', '1 Main Street, entrance from the yard',
        'Anna, +7 000 000-00-00', now() + interval '24 hours', now() + interval '25 hours', NULL, 'placed', false, now(), 1);
INSERT INTO order_changes (order_id, version, event, from_state, to_state, actor_role, actor_id, at, worker_id)
    VALUES ((lpad(to_hex(:n::bigint), 20, '0') || lpad(to_hex(:client_id::bigint), 12, '0'))::uuid, 1, 'placed', NULL, 'placed', 'client',
        ('00000000-0000-0000-0000-' || lpad(to_hex(:client_id::bigint + 1), 12, '0'))::uuid, now(), NULL);
INSERT INTO match_requests (order_id, slot_start, slot_end, requested, attempted, retry_at, traceparent)
    VALUES ((lpad(to_hex(:n::bigint), 20, '0') || lpad(to_hex(:client_id::bigint), 12, '0'))::uuid,
        now() + interval '24 hours', now() + interval '25 hours', 1, 0, now(),
        '00-0123456789abcdef0123456789abcdef-0123456789abcdef-01')
    ON CONFLICT (order_id) DO UPDATE SET requested = match_requests.requested + 1, retry_at = excluded.retry_at, traceparent = excluded.traceparent;
INSERT INTO outbox (topic, ce_type, ce_time, traceparent, key, ce_id, payload)
    VALUES ('artel.orders.order.v1', 'artel.orders.v1.OrderPlaced', now(), '00-0123456789abcdef0123456789abcdef-0123456789abcdef-01',
        lpad(to_hex(:n::bigint), 20, '0') || lpad(to_hex(:client_id::bigint), 12, '0'),
        (lpad(to_hex(:n::bigint), 20, '0') || lpad(to_hex(:client_id::bigint), 12, '0'))::uuid, '\x{payload}');
END;
