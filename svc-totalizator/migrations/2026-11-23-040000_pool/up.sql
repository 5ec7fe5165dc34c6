-- What is known of orders. No manager is named here, nor anywhere: only pseudonyms.
CREATE TABLE known_order (
    id        uuid PRIMARY KEY,
    closed_at timestamptz,
    outcome   text CHECK (outcome IN ('completed', 'failed', 'cancelled', 'no_show')),
    heard_at  timestamptz NOT NULL,
    CHECK (outcome IS NULL OR closed_at IS NOT NULL)
);

CREATE INDEX known_order_over ON known_order (heard_at) WHERE outcome IS NOT NULL;

CREATE TABLE bet (
    id         uuid PRIMARY KEY,
    order_id   uuid NOT NULL REFERENCES known_order (id),
    manager    text NOT NULL CHECK (manager ~ '^[0-9a-f]{20}$'),
    condition  text NOT NULL CHECK (condition IN ('completed', 'failed', 'cancelled', 'no_show')),
    stake      bigint NOT NULL CHECK (stake > 0),
    currency   text NOT NULL,
    -- T1: fifteen seats, each taken once. A sixteenth manager finds none, however many come at a time.
    number     integer NOT NULL CHECK (number BETWEEN 1 AND 15),
    placed_at  timestamptz NOT NULL,
    request_id uuid NOT NULL,
    UNIQUE (order_id, number),
    UNIQUE (order_id, manager),
    UNIQUE (manager, request_id)
);

CREATE INDEX bet_newest ON bet (placed_at DESC, id DESC);

CREATE TABLE settlement (
    order_id   uuid PRIMARY KEY REFERENCES known_order (id),
    outcome    text NOT NULL,
    staked     bigint NOT NULL CHECK (staked > 0),
    developers bigint NOT NULL CHECK (developers >= 0),
    currency   text NOT NULL,
    settled_at timestamptz NOT NULL
);

CREATE INDEX settlement_oldest ON settlement (settled_at);

CREATE TABLE share (
    bet_id   uuid PRIMARY KEY REFERENCES bet (id),
    order_id uuid NOT NULL REFERENCES settlement (order_id),
    fate     text NOT NULL CHECK (fate IN ('won', 'lost', 'too_late')),
    payout   bigint NOT NULL CHECK (payout >= 0)
);

CREATE INDEX share_of_order ON share (order_id);

-- Who gives how much to whom. NULL stands for the developers.
CREATE TABLE transfer (
    order_id uuid NOT NULL REFERENCES settlement (order_id),
    position integer NOT NULL,
    giver    text,
    receiver text,
    amount   bigint NOT NULL CHECK (amount > 0),
    PRIMARY KEY (order_id, position),
    CHECK (giver IS DISTINCT FROM receiver)
);

-- T1: no bet once betting has ended, and none is ever changed or withdrawn.
CREATE FUNCTION bet_only_while_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM known_order WHERE id = NEW.order_id AND closed_at IS NOT NULL) THEN
        RAISE restrict_violation USING MESSAGE = 'the order takes no more bets';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER bet_placed_while_open BEFORE INSERT ON bet
    FOR EACH ROW EXECUTE FUNCTION bet_only_while_open();

CREATE FUNCTION bet_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- T5: what has been settled may be erased.
    IF TG_OP = 'DELETE' AND EXISTS (SELECT FROM settlement WHERE order_id = OLD.order_id) THEN
        RETURN OLD;
    END IF;
    RAISE restrict_violation USING MESSAGE = 'a bet is never changed or withdrawn';
END $$;

CREATE TRIGGER bet_never_changed BEFORE UPDATE OR DELETE ON bet
    FOR EACH ROW EXECUTE FUNCTION bet_is_final();

-- T2: paid out = staked. Checked at commit, when everything of a settlement is there.
CREATE FUNCTION settlement_is_exact() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    bets   record;
    shares record;
BEGIN
    SELECT count(*) AS number, coalesce(sum(stake), 0) AS total INTO bets FROM bet WHERE order_id = NEW.order_id;
    SELECT count(*) AS number, coalesce(sum(payout), 0) AS total INTO shares FROM share WHERE order_id = NEW.order_id;
    IF bets.number <> shares.number OR NEW.staked <> bets.total OR shares.total + NEW.developers <> bets.total THEN
        RAISE check_violation USING MESSAGE = 'paid out must be staked';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER settlement_pays_what_was_staked AFTER INSERT OR UPDATE ON settlement
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION settlement_is_exact();

CREATE FUNCTION share_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE restrict_violation USING MESSAGE = 'what was settled stays settled';
END $$;

CREATE TRIGGER share_never_changed BEFORE UPDATE ON share
    FOR EACH ROW EXECUTE FUNCTION share_is_final();
CREATE TRIGGER settlement_never_changed BEFORE UPDATE ON settlement
    FOR EACH ROW EXECUTE FUNCTION share_is_final();
