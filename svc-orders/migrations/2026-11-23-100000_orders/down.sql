DROP TABLE pipelines, ratings, kits, balances, match_queue, order_changes, photos, orders, worker_changes, workers, service_types,
    clients CASCADE;
DROP FUNCTION refuse_change();
