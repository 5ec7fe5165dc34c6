-- Events that are committed with the state they tell of, and not yet published.
CREATE TABLE outbox (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic       text        NOT NULL,
    key         text        NOT NULL,
    ce_id       uuid        NOT NULL,
    ce_type     text        NOT NULL,
    ce_time     timestamptz NOT NULL,
    traceparent text,
    payload     bytea       NOT NULL
)
-- Every row lives for milliseconds. Vacuum by count, or the index's low end fills with dead entries.
WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

-- Events that were taken in: processed, or kept in `parked`. One row per event is what makes an effect happen once.
CREATE TABLE inbox (
    consumer    text        NOT NULL,
    event_id    uuid        NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (consumer, event_id)
);
CREATE INDEX inbox_received_at ON inbox USING brin (received_at);

-- Events that can't be processed yet, or at all. Of one key's rows (dropped ones aside) the first is waiting or parked,
-- all later ones follow it.
CREATE TABLE parked (
    id              bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    consumer        text        NOT NULL,
    topic           text        NOT NULL,
    partition       integer     NOT NULL,
    "offset"        bigint      NOT NULL,
    key             text        NOT NULL,
    headers         jsonb       NOT NULL,
    payload         bytea       NOT NULL,
    event_id        uuid        NOT NULL,
    ce_type         text        NOT NULL,
    state           text        NOT NULL CHECK (state IN ('waiting', 'parked', 'following', 'dropped')),
    reason          text        NOT NULL,
    first_seen      timestamptz NOT NULL DEFAULT now(),
    waiting_since   timestamptz NOT NULL DEFAULT now(),
    attempts        integer     NOT NULL DEFAULT 0,
    last_attempt    timestamptz,
    next_attempt    timestamptz,
    dropped_by_role integer,
    dropped_by      text,
    dropped_at      timestamptz,
    drop_reason     text,
    UNIQUE (consumer, event_id),
    CHECK ((state = 'waiting') <= (next_attempt IS NOT NULL)),
    CHECK ((state = 'dropped') = (dropped_at IS NOT NULL AND dropped_by IS NOT NULL AND drop_reason IS NOT NULL))
);
CREATE INDEX parked_of_a_key ON parked (consumer, topic, key, id) WHERE state <> 'dropped';
CREATE INDEX parked_due ON parked (consumer, next_attempt) WHERE state = 'waiting';
