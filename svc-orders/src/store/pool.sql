-- $1, $2: the slot; $3: the order that is matched; $4: the start of the fair-load window;
-- $5: whether suspended workers are included.
SELECT
    workers.id,
    workers.name,
    workers.standing = 'active' AS active,
    workers.traits,
    workers.completed,
    workers.failed,
    workers.rating_sum,
    workers.rating_count,
    load.count AS load,
    busy.starts AS busy_starts,
    busy.ends AS busy_ends
FROM workers
CROSS JOIN LATERAL (
    SELECT count(*) FROM orders WHERE orders.worker_id = workers.id AND orders.assigned_at >= $4
) AS load
CROSS JOIN LATERAL (
    SELECT
        coalesce(array_agg(slot_start ORDER BY slot_start), '{}') AS starts,
        coalesce(array_agg(slot_end ORDER BY slot_start), '{}') AS ends
    FROM orders
    WHERE orders.worker_id = workers.id
        AND orders.state IN ('assigned', 'in_progress')
        AND tstzrange(orders.slot_start, orders.slot_end) && tstzrange($1, $2)
        AND orders.id <> $3
) AS busy
WHERE $5 OR workers.standing = 'active'
