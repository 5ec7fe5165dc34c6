-- Everybody who is written to, as other contexts' events told.
CREATE TABLE recipients (
    id          uuid        PRIMARY KEY,
    -- The order in which they became known: lists are paged by it.
    seq         bigint      GENERATED ALWAYS AS IDENTITY UNIQUE,
    kind        text        NOT NULL CHECK (kind IN ('client', 'worker', 'candidate', 'manager', 'department')),
    -- The version of the state that this is, or the time of the event that introduced them: older news change nothing.
    version     bigint      NOT NULL,
    name        text        NOT NULL,
    email       text        NOT NULL,
    language    text        NOT NULL CHECK (language IN ('ru', 'en')),
    -- Managers only: are they told of applications?
    hires       boolean     NOT NULL DEFAULT false,
    archived    boolean     NOT NULL DEFAULT false,
    known_since timestamptz NOT NULL,
    erased_at   timestamptz,
    CHECK ((erased_at IS NULL) OR (name = '' AND email = ''))
);

CREATE INDEX recipients_hiring ON recipients (id) WHERE hires AND NOT archived;
CREATE INDEX recipients_by_kind ON recipients (kind, seq DESC);

-- What one recipient is told of one event.
CREATE TABLE notifications (
    -- Made from event, recipient and template; the mail's Message-ID is made from it.
    id           uuid        PRIMARY KEY,
    seq          bigint      GENERATED ALWAYS AS IDENTITY UNIQUE,
    event_id     uuid        NOT NULL,
    event_type   text        NOT NULL,
    template     text        NOT NULL,
    -- The letter holds a link that only its recipient may know: it is emptied once it is sent.
    secret       boolean     NOT NULL,
    recipient_id uuid        NOT NULL REFERENCES recipients,
    about_kind   text        NOT NULL,
    about_id     text        NOT NULL,
    language     text        NOT NULL,
    subject      text        NOT NULL,
    body_text    text        NOT NULL,
    body_html    text        NOT NULL,
    created_at   timestamptz NOT NULL,
    read_at      timestamptz,
    erased       boolean     NOT NULL DEFAULT false,
    -- One event, one recipient, one mail.
    UNIQUE (event_id, recipient_id, template),
    CHECK (NOT erased OR (subject = '' AND body_text = '' AND body_html = ''))
);

CREATE INDEX notifications_feed ON notifications (recipient_id, seq DESC);
CREATE INDEX notifications_unread ON notifications (recipient_id) WHERE read_at IS NULL;
CREATE INDEX notifications_about ON notifications (about_kind, about_id);

-- The mail of a notification: a row of work.
CREATE TABLE deliveries (
    notification_id uuid        PRIMARY KEY REFERENCES notifications,
    email           text        NOT NULL,
    status          text        NOT NULL CHECK (status IN ('pending', 'sent', 'dead', 'erased')),
    attempts        integer     NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    -- When it is tried next. While an attempt is under way: when it counts as lost.
    next_attempt_at timestamptz,
    last_error      text        NOT NULL DEFAULT '',
    sent_at         timestamptz,
    CHECK ((status = 'pending') = (next_attempt_at IS NOT NULL)),
    CHECK ((status = 'sent') = (sent_at IS NOT NULL))
);

CREATE INDEX deliveries_due ON deliveries (next_attempt_at) WHERE status = 'pending';
CREATE INDEX deliveries_dead ON deliveries (notification_id) WHERE status = 'dead';
