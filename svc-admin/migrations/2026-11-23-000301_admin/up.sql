-- The catalogue: whatever managers edit. One row per entry as it is now; every version ever is kept beside it.
CREATE TABLE entries (
    kind text NOT NULL CHECK (kind IN ('service_type', 'vacancy', 'test', 'test_set', 'manager')),
    entry_id uuid NOT NULL,
    version bigint NOT NULL CHECK (version >= 1),
    archived boolean NOT NULL,
    -- What no two entries in use may share: a manager's address.
    unique_key text,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (kind, entry_id)
);
CREATE UNIQUE INDEX entries_unique_key ON entries (kind, unique_key) WHERE NOT archived;
CREATE INDEX entries_newest ON entries (kind, created_at DESC, entry_id DESC);

CREATE TABLE entry_versions (
    kind text NOT NULL,
    entry_id uuid NOT NULL,
    version bigint NOT NULL,
    archived boolean NOT NULL,
    body jsonb NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by_role text NOT NULL,
    changed_by_id text NOT NULL,
    PRIMARY KEY (kind, entry_id, version),
    FOREIGN KEY (kind, entry_id) REFERENCES entries (kind, entry_id)
);

-- Who changed what (A5).
CREATE TABLE audit_entries (
    audit_entry_id bigserial PRIMARY KEY,
    at timestamptz NOT NULL,
    by_role text NOT NULL,
    by_id text NOT NULL,
    what text NOT NULL,
    subject_id uuid NOT NULL,
    before jsonb,
    after jsonb NOT NULL
);
CREATE INDEX audit_entries_of_subject ON audit_entries (subject_id, audit_entry_id DESC);

-- Orders as quality control sees them, from events.
CREATE TABLE reviewed_orders (
    order_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    state text NOT NULL CHECK (state IN ('placed', 'assigned', 'in_progress', 'completed', 'cancelled', 'failed')),
    no_show boolean NOT NULL DEFAULT false,
    client_id uuid NOT NULL,
    client_name text NOT NULL,
    worker_id uuid,
    service_type_id uuid NOT NULL,
    service_type_name text NOT NULL,
    description text NOT NULL,
    place text NOT NULL,
    slot_start timestamptz NOT NULL,
    slot_end timestamptz NOT NULL
);
CREATE INDEX reviewed_orders_of_worker ON reviewed_orders (worker_id);
CREATE INDEX reviewed_orders_completed ON reviewed_orders (order_id) WHERE state = 'completed';

-- What happened to an order, from events of orders and consumables. No foreign key: there is no order between topics.
CREATE TABLE story_entries (
    event_id uuid PRIMARY KEY,
    order_id uuid NOT NULL,
    at timestamptz NOT NULL,
    by_role text NOT NULL,
    by_id text NOT NULL,
    what text NOT NULL,
    detail text NOT NULL,
    price_minor bigint,
    price_currency text,
    photo_id uuid
);
CREATE INDEX story_entries_of_order ON story_entries (order_id, at);

CREATE TABLE cases (
    case_id uuid PRIMARY KEY,
    -- At most one case per order (A2).
    order_id uuid NOT NULL UNIQUE REFERENCES reviewed_orders (order_id),
    cause text NOT NULL CHECK (cause IN ('cancelled', 'failed', 'drawn')),
    client_id uuid NOT NULL,
    worker_id uuid,
    opened_at timestamptz NOT NULL,
    opened_by_role text NOT NULL,
    opened_by_id text NOT NULL,
    closed_at timestamptz,
    closed_by_role text,
    closed_by_id text,
    form jsonb,
    CHECK ((closed_at IS NULL) = (form IS NULL))
);
CREATE INDEX cases_newest ON cases (opened_at DESC, case_id DESC);
CREATE INDEX cases_of_worker ON cases (worker_id) WHERE form IS NOT NULL;

CREATE TABLE case_notes (
    case_note_id bigserial PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES cases (case_id),
    text text NOT NULL,
    call boolean NOT NULL,
    at timestamptz NOT NULL,
    by_role text NOT NULL,
    by_id text NOT NULL
);
CREATE INDEX case_notes_of_case ON case_notes (case_id, case_note_id);

CREATE TABLE hypotheses (
    hypothesis_id uuid PRIMARY KEY,
    text text NOT NULL,
    state text NOT NULL CHECK (state IN ('open', 'testing', 'confirmed', 'rejected')),
    created_at timestamptz NOT NULL,
    created_by_role text NOT NULL,
    created_by_id text NOT NULL,
    changed_at timestamptz NOT NULL
);
CREATE INDEX hypotheses_newest ON hypotheses (created_at DESC, hypothesis_id DESC);

CREATE TABLE hypothesis_cases (
    hypothesis_id uuid NOT NULL REFERENCES hypotheses (hypothesis_id),
    case_id uuid NOT NULL REFERENCES cases (case_id),
    PRIMARY KEY (hypothesis_id, case_id)
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END
$$;
CREATE TRIGGER entry_versions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON entry_versions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER case_notes_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON case_notes
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
