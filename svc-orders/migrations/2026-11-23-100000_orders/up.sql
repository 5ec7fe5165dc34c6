-- For the exclusion constraint of O5: equality of a uuid beside overlap of a range. A trusted extension, so that the
-- service's own login may create it in its own database.
CREATE EXTENSION IF NOT EXISTS btree_gist;

-- What is written once stays: histories are evidence.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed or removed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TABLE clients (
    id uuid PRIMARY KEY,
    external_id text UNIQUE,
    name text NOT NULL,
    email text NOT NULL,
    phone text NOT NULL,
    language text NOT NULL CHECK (language IN ('ru', 'en')),
    registered_at timestamptz NOT NULL,
    version bigint NOT NULL CHECK (version >= 1)
);
CREATE INDEX clients_newest ON clients (registered_at DESC, id DESC);

-- Admin's catalogue, as heard. Every version stays: orders keep theirs.
CREATE TABLE service_types (
    id uuid NOT NULL,
    version bigint NOT NULL CHECK (version >= 1),
    name text NOT NULL,
    description text NOT NULL,
    base_minor bigint NOT NULL CHECK (base_minor >= 0),
    currency text NOT NULL,
    duration_ms bigint NOT NULL CHECK (duration_ms >= 0),
    grace_ms bigint NOT NULL CHECK (grace_ms >= 0),
    needs jsonb NOT NULL,
    archived boolean NOT NULL,
    newest boolean NOT NULL,
    PRIMARY KEY (id, version)
);
CREATE UNIQUE INDEX service_types_newest ON service_types (id) WHERE newest;

CREATE TABLE workers (
    id uuid PRIMARY KEY,
    -- One application makes one worker at most (H5).
    application_id uuid NOT NULL UNIQUE,
    name text NOT NULL,
    email text NOT NULL,
    language text NOT NULL CHECK (language IN ('ru', 'en')),
    age smallint NOT NULL CHECK (age >= 0),
    portrait bytea NOT NULL,
    standing text NOT NULL CHECK (standing IN ('active', 'suspended')),
    traits jsonb NOT NULL,
    completed integer NOT NULL CHECK (completed >= 0),
    failed integer NOT NULL CHECK (failed >= 0),
    rating_sum integer NOT NULL,
    rating_count integer NOT NULL,
    admitted_at timestamptz NOT NULL,
    version bigint NOT NULL CHECK (version >= 1),
    CHECK (rating_sum BETWEEN rating_count AND 5 * rating_count)
);
-- G6: who suspended and reinstated whom, and why.
CREATE TABLE worker_changes (
    worker_id uuid NOT NULL REFERENCES workers,
    version bigint NOT NULL,
    standing text NOT NULL,
    reason text NOT NULL,
    actor_role text NOT NULL,
    actor_id uuid,
    at timestamptz NOT NULL,
    PRIMARY KEY (worker_id, version)
);
CREATE TRIGGER worker_changes_stay BEFORE UPDATE OR DELETE ON worker_changes
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE INDEX workers_newest ON workers (admitted_at DESC, id DESC);

CREATE TABLE orders (
    id uuid PRIMARY KEY,
    client_id uuid NOT NULL REFERENCES clients,
    client_name text NOT NULL,
    service_type_id uuid NOT NULL,
    service_type_version bigint NOT NULL,
    service_type_name text NOT NULL,
    description text NOT NULL,
    place text NOT NULL,
    contact text NOT NULL,
    slot_start timestamptz NOT NULL,
    slot_end timestamptz NOT NULL,
    repeats uuid REFERENCES orders,
    state text NOT NULL
        CHECK (state IN ('placed', 'assigned', 'in_progress', 'completed', 'cancelled', 'failed')),
    waiting boolean NOT NULL,
    worker_id uuid REFERENCES workers,
    worker_name text,
    base_minor bigint CHECK (base_minor >= 0),
    discount_minor bigint,
    discount_percent smallint CHECK (discount_percent BETWEEN 0 AND 100),
    currency text,
    pipeline text,
    pipeline_version bigint,
    reasons jsonb,
    assigned_at timestamptz,
    start_photo uuid,
    started_at timestamptz,
    report_photo uuid,
    ended_at timestamptz,
    failure text CHECK (failure IN ('no_show', 'reported')),
    end_reason text,
    placed_at timestamptz NOT NULL,
    version bigint NOT NULL CHECK (version >= 1),
    FOREIGN KEY (service_type_id, service_type_version) REFERENCES service_types (id, version),
    CONSTRAINT orders_slot CHECK (slot_start < slot_end),
    CONSTRAINT orders_waiting_only_placed CHECK (NOT waiting OR state = 'placed'),
    -- O6: an order has a worker and a price together or not at all, and what was not called off early has both.
    CONSTRAINT orders_assignment_whole CHECK (
        num_nonnulls(worker_id, worker_name, base_minor, discount_minor, discount_percent, currency, pipeline,
            pipeline_version, reasons, assigned_at) IN (0, 10)
        AND CASE state WHEN 'placed' THEN worker_id IS NULL WHEN 'cancelled' THEN true ELSE worker_id IS NOT NULL END
    ),
    CONSTRAINT orders_discount CHECK (discount_minor BETWEEN 0 AND base_minor),
    CONSTRAINT orders_started CHECK (
        (start_photo IS NULL) = (started_at IS NULL)
        AND CASE state WHEN 'in_progress' THEN started_at IS NOT NULL WHEN 'completed' THEN started_at IS NOT NULL
            WHEN 'failed' THEN true ELSE started_at IS NULL END
    ),
    CONSTRAINT orders_ended CHECK (
        (ended_at IS NOT NULL) = (state IN ('completed', 'cancelled', 'failed'))
        AND (report_photo IS NOT NULL) = (state = 'completed')
        AND (failure IS NOT NULL) = (state = 'failed')
        AND (end_reason IS NOT NULL) = (state IN ('cancelled', 'failed'))
    ),
    -- O5: the database itself refuses two overlapping orders of one worker.
    CONSTRAINT o5_no_overlap EXCLUDE USING gist (worker_id WITH =, tstzrange(slot_start, slot_end) WITH &&)
        WHERE (state IN ('assigned', 'in_progress'))
);
CREATE INDEX orders_newest ON orders (placed_at DESC, id DESC);
CREATE INDEX orders_of_client ON orders (client_id, placed_at DESC, id DESC);
CREATE INDEX orders_of_worker ON orders (worker_id, placed_at DESC, id DESC) WHERE worker_id IS NOT NULL;
CREATE INDEX orders_load ON orders (worker_id, assigned_at) WHERE worker_id IS NOT NULL;
CREATE INDEX orders_not_started ON orders (slot_start) WHERE state = 'assigned';

-- G6: every change of every order, and who made it.
CREATE TABLE order_changes (
    order_id uuid NOT NULL REFERENCES orders,
    version bigint NOT NULL,
    event text NOT NULL,
    from_state text,
    to_state text NOT NULL,
    actor_role text NOT NULL,
    actor_id uuid,
    at timestamptz NOT NULL,
    PRIMARY KEY (order_id, version)
);
CREATE INDEX order_changes_at ON order_changes (at);
CREATE TRIGGER order_changes_stay BEFORE UPDATE OR DELETE ON order_changes
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Placed orders. `wanted` grows when the order should be matched (again), `tried` follows when it was; comparing the
-- two loses no wish that comes while matching is at it. `retry_at` bounds how long anything else could be missed.
CREATE TABLE match_queue (
    order_id uuid PRIMARY KEY REFERENCES orders,
    slot_start timestamptz NOT NULL,
    slot_end timestamptz NOT NULL,
    wanted bigint NOT NULL,
    tried bigint NOT NULL,
    retry_at timestamptz NOT NULL
);

CREATE TABLE photos (
    id uuid PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES orders,
    worker_id uuid NOT NULL REFERENCES workers,
    media_type text NOT NULL,
    size_bytes bigint NOT NULL CHECK (size_bytes BETWEEN 1 AND 10485760),
    sha256 text NOT NULL,
    -- Its key in the object store.
    location text NOT NULL,
    uploaded_at timestamptz NOT NULL
);
CREATE INDEX photos_of_order ON photos (order_id);
ALTER TABLE orders
    ADD FOREIGN KEY (start_photo) REFERENCES photos,
    ADD FOREIGN KEY (report_photo) REFERENCES photos;

-- Billing's accounts, as heard (O8).
CREATE TABLE balances (
    owner_id uuid PRIMARY KEY,
    balance_minor bigint NOT NULL,
    paid_minor bigint NOT NULL,
    due_minor bigint NOT NULL,
    currency text NOT NULL,
    next_closing timestamptz NOT NULL,
    as_of timestamptz NOT NULL,
    version bigint NOT NULL
);

-- Consumables' kits, as heard (O8).
CREATE TABLE kits (
    id uuid PRIMARY KEY,
    order_id uuid NOT NULL,
    state text NOT NULL CHECK (state IN ('requested', 'collecting', 'ready', 'issued', 'cancelled')),
    version bigint NOT NULL,
    changed_at timestamptz NOT NULL
);
CREATE INDEX kits_of_order ON kits (order_id);

-- Quality control's ratings, as heard: one case rates once.
CREATE TABLE ratings (
    case_id uuid PRIMARY KEY,
    order_id uuid NOT NULL,
    worker_id uuid NOT NULL REFERENCES workers,
    rating smallint NOT NULL CHECK (rating BETWEEN 1 AND 5),
    at timestamptz NOT NULL
);

-- M1: every version of every pipeline, and who saved it.
CREATE TABLE pipelines (
    name text NOT NULL,
    version bigint NOT NULL CHECK (version >= 1),
    steps jsonb NOT NULL,
    saved_at timestamptz NOT NULL,
    actor_role text NOT NULL,
    actor_id uuid,
    PRIMARY KEY (name, version)
);
CREATE TRIGGER pipelines_stay BEFORE UPDATE OR DELETE ON pipelines FOR EACH ROW EXECUTE FUNCTION refuse_change();

INSERT INTO pipelines (name, version, steps, saved_at, actor_role, actor_id) VALUES ('standard', 1, '[
    {"name": "active", "weight": 0},
    {"name": "free_in_slot", "weight": 0},
    {"name": "not_previous", "weight": 0},
    {"name": "traits_fit", "weight": 3000},
    {"name": "past_success", "weight": 2000},
    {"name": "quality_rating", "weight": 2000},
    {"name": "fair_load", "weight": 2000},
    {"name": "random", "weight": 100},
    {"name": "best_of", "weight": 0}
]', now(), 'system', NULL);
