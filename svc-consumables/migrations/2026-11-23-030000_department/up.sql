-- Who works in the department. Ids are the subjects of their tokens.
CREATE TABLE employee (
    id            uuid PRIMARY KEY,
    name          text NOT NULL,
    active        boolean NOT NULL DEFAULT true,
    registered_at timestamptz NOT NULL
);

CREATE INDEX employee_newest ON employee (registered_at DESC, id DESC);

CREATE TABLE material (
    code      text PRIMARY KEY,
    name      text NOT NULL,
    unit      text NOT NULL,
    low_level bigint NOT NULL CHECK (low_level >= 0)
);

-- C4: never negative, and never more set aside than there is; whatever the code does, and however many race.
CREATE TABLE stock_balance (
    material_code text PRIMARY KEY REFERENCES material (code),
    on_hand       bigint NOT NULL DEFAULT 0 CHECK (on_hand BETWEEN 0 AND 1000000000),
    reserved      bigint NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    low           boolean NOT NULL DEFAULT false,
    CONSTRAINT stock_never_oversold CHECK (reserved <= on_hand)
);

CREATE TABLE known_order (
    id                   uuid PRIMARY KEY,
    version              bigint NOT NULL,
    client_id            uuid NOT NULL,
    client_name          text NOT NULL,
    worker_id            uuid,
    worker_name          text NOT NULL,
    service_type_id      uuid NOT NULL,
    service_type_version bigint NOT NULL,
    service_type_name    text NOT NULL,
    description          text NOT NULL,
    place                text NOT NULL,
    slot_start           timestamptz NOT NULL,
    slot_end             timestamptz NOT NULL,
    over                 boolean NOT NULL
);

-- What a kit holds, by service type and version: orders keep the version that they were placed with.
CREATE TABLE service_type_materials (
    service_type_id uuid NOT NULL,
    version         bigint NOT NULL,
    materials       jsonb NOT NULL,
    PRIMARY KEY (service_type_id, version)
);

CREATE TABLE kit (
    id              uuid PRIMARY KEY,
    order_id        uuid NOT NULL REFERENCES known_order (id),
    worker_id       uuid NOT NULL,
    state           text NOT NULL CHECK (state IN ('requested', 'collecting', 'ready', 'issued', 'cancelled')),
    acceptance_form text NOT NULL,
    with_cookie     boolean NOT NULL,
    collector       uuid REFERENCES employee (id),
    without_cookie  text,
    cancel_reason   text,
    version         bigint NOT NULL,
    slot_start      timestamptz NOT NULL,
    requested_at    timestamptz NOT NULL,
    changed_at      timestamptz NOT NULL,
    CHECK (state NOT IN ('collecting', 'ready', 'issued') OR collector IS NOT NULL)
);

-- An order has at most one kit that is being put together.
CREATE UNIQUE INDEX kit_one_open_per_order ON kit (order_id) WHERE state IN ('requested', 'collecting', 'ready');
CREATE INDEX kit_of_order ON kit (order_id);
CREATE INDEX kit_queue ON kit (slot_start, id);
CREATE INDEX kit_open_queue ON kit (slot_start, id) WHERE state IN ('requested', 'collecting', 'ready');

CREATE TABLE kit_line (
    kit_id        uuid NOT NULL REFERENCES kit (id),
    material_code text NOT NULL REFERENCES material (code),
    needed        bigint NOT NULL CHECK (needed > 0),
    reserved      bigint NOT NULL CHECK (reserved BETWEEN 0 AND needed),
    returned      bigint NOT NULL CHECK (returned BETWEEN 0 AND reserved),
    PRIMARY KEY (kit_id, material_code)
);

CREATE INDEX kit_line_short ON kit_line (material_code) WHERE reserved < needed;
CREATE INDEX kit_line_held ON kit_line (material_code) WHERE reserved > 0;

-- G6: who did what to a kit, and when.
CREATE TABLE kit_step (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kit_id     uuid NOT NULL REFERENCES kit (id),
    what       text NOT NULL,
    actor_role integer NOT NULL,
    actor_id   text NOT NULL,
    at         timestamptz NOT NULL
);

CREATE INDEX kit_step_of_kit ON kit_step (kit_id, id);

-- C3: one per order, for ever.
CREATE TABLE cookie (
    order_id     uuid PRIMARY KEY REFERENCES known_order (id),
    client_name  text NOT NULL,
    state        text NOT NULL CHECK (state IN ('requested', 'baking', 'delivered', 'failed', 'cancelled')),
    bakery_id    text UNIQUE,
    deliver_by   timestamptz NOT NULL,
    give_up_at   timestamptz NOT NULL,
    expected_at  timestamptz NOT NULL,
    late         boolean NOT NULL,
    failures     bigint NOT NULL,
    next_call_at timestamptz NOT NULL,
    problem      text,
    placed_in    uuid REFERENCES kit (id)
);

CREATE INDEX cookie_awaited ON cookie (next_call_at) WHERE state IN ('requested', 'baking');

-- C4: the only way in which stock changes. What each kind may change is fixed here.
CREATE TABLE stock_movement (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    material_code   text NOT NULL REFERENCES material (code),
    kind            text NOT NULL,
    on_hand_change  bigint NOT NULL,
    reserved_change bigint NOT NULL,
    kit_id          uuid REFERENCES kit (id),
    reason          text NOT NULL,
    actor_role      integer NOT NULL,
    actor_id        text NOT NULL,
    at              timestamptz NOT NULL,
    CONSTRAINT stock_movement_kind CHECK (CASE kind
        WHEN 'receipt'     THEN on_hand_change > 0 AND reserved_change = 0 AND kit_id IS NULL
        WHEN 'reservation' THEN on_hand_change = 0 AND reserved_change > 0 AND kit_id IS NOT NULL
        WHEN 'release'     THEN on_hand_change = 0 AND reserved_change < 0 AND kit_id IS NOT NULL
        WHEN 'issue'       THEN on_hand_change < 0 AND reserved_change = on_hand_change AND kit_id IS NOT NULL
        WHEN 'return'      THEN on_hand_change > 0 AND reserved_change = 0 AND kit_id IS NOT NULL
        WHEN 'write_off'   THEN on_hand_change < 0 AND reserved_change = 0 AND kit_id IS NULL
        WHEN 'correction'  THEN on_hand_change <> 0 AND reserved_change = 0 AND kit_id IS NULL
        ELSE false
    END)
);

CREATE INDEX stock_movement_of_material ON stock_movement (material_code, id DESC);

-- A movement and its balance are one thing: nobody can write the one without the other.
CREATE FUNCTION stock_movement_apply() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE stock_balance
       SET on_hand = on_hand + NEW.on_hand_change, reserved = reserved + NEW.reserved_change
     WHERE material_code = NEW.material_code;
    IF NOT FOUND THEN
        RAISE foreign_key_violation USING MESSAGE = 'material ' || NEW.material_code || ' has no balance';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER stock_movement_applies AFTER INSERT ON stock_movement
    FOR EACH ROW EXECUTE FUNCTION stock_movement_apply();

CREATE FUNCTION stock_movement_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE restrict_violation USING MESSAGE = 'stock movements are never edited or removed';
END $$;

CREATE TRIGGER stock_movement_is_final BEFORE UPDATE OR DELETE OR TRUNCATE ON stock_movement
    FOR EACH STATEMENT EXECUTE FUNCTION stock_movement_refuse();

CREATE FUNCTION stock_balance_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Depth 1 is an UPDATE of somebody's own; depth 2 comes from stock_movement_apply.
    IF pg_trigger_depth() < 2 AND (NEW.on_hand, NEW.reserved) IS DISTINCT FROM (OLD.on_hand, OLD.reserved) THEN
        RAISE restrict_violation USING MESSAGE = 'stock changes by movements only';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER stock_balance_by_movements_only BEFORE UPDATE ON stock_balance
    FOR EACH ROW EXECUTE FUNCTION stock_balance_guard();

CREATE FUNCTION stock_balance_empty() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.on_hand <> 0 OR NEW.reserved <> 0 THEN
        RAISE restrict_violation USING MESSAGE = 'a balance begins with nothing';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER stock_balance_begins_empty BEFORE INSERT ON stock_balance
    FOR EACH ROW EXECUTE FUNCTION stock_balance_empty();
