-- What the admin context says, as of its latest event.
CREATE TABLE vacancies (
    vacancy_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    archived boolean NOT NULL,
    body jsonb NOT NULL,
    listed_at timestamptz NOT NULL
);
CREATE INDEX vacancies_open ON vacancies (listed_at DESC, vacancy_id DESC) WHERE NOT archived;

CREATE TABLE test_sets (
    test_set_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    body jsonb NOT NULL
);

CREATE TABLE managers (
    manager_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    archived boolean NOT NULL
);

-- Challenges that were used, until they expire by themselves. Written before the application, and kept if that is refused:
-- the work is spent.
CREATE TABLE used_challenges (
    challenge_id uuid PRIMARY KEY,
    request_id uuid NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX used_challenges_expiry ON used_challenges (expires_at);

CREATE TABLE applications (
    application_id uuid PRIMARY KEY,
    vacancy_id uuid NOT NULL REFERENCES vacancies,
    vacancy_version bigint NOT NULL,
    vacancy_title text NOT NULL,
    rule jsonb NOT NULL,
    state text NOT NULL CHECK (state IN (
        'unconfirmed', 'new', 'invited', 'testing', 'grading', 'tested', 'approved', 'declined', 'withdrawn'
    )),
    -- Personal data: all there, or (erased) all gone.
    person_key bytea,
    name text,
    age smallint,
    email text,
    language text,
    form jsonb NOT NULL,
    submitted_at timestamptz NOT NULL,
    -- Tokens are never kept, only their digests.
    confirmation_hash bytea NOT NULL,
    confirm_by timestamptz NOT NULL,
    test_set_id uuid,
    test_set_version bigint,
    test_set_name text,
    link_hash bytea,
    link_expires_at timestamptz,
    score smallint CHECK (score BETWEEN 0 AND 100),
    recommendation text CHECK (recommendation IN ('admit', 'below_minimum', 'not_among_best')),
    outcome jsonb,
    scored_at timestamptz,
    worker_id uuid UNIQUE,
    decided_by uuid,
    decided_at timestamptz,
    decision_reason text,
    erased_at timestamptz,
    CONSTRAINT applications_erased_whole CHECK (
        num_nulls(person_key, name, age, email, language) = CASE WHEN erased_at IS NULL THEN 0 ELSE 5 END
    ),
    CONSTRAINT applications_invited_whole CHECK (
        num_nulls(test_set_id, test_set_version, test_set_name, link_hash, link_expires_at) IN (0, 5)
    ),
    CONSTRAINT applications_scored_whole CHECK (num_nulls(score, recommendation, outcome, scored_at) IN (0, 4)),
    CONSTRAINT applications_decided_whole CHECK (num_nulls(decided_by, decided_at, decision_reason) IN (0, 3)),
    CONSTRAINT applications_a_worker_was_approved CHECK ((state = 'approved') = (worker_id IS NOT NULL))
);
-- One open application per person (H1); whoever was approved works here and does not apply again (H5).
CREATE UNIQUE INDEX applications_one_open ON applications (person_key) WHERE state NOT IN ('declined', 'withdrawn');
CREATE INDEX applications_newest ON applications (submitted_at DESC, application_id DESC);
CREATE INDEX applications_scored ON applications (vacancy_id, scored_at DESC) WHERE scored_at IS NOT NULL;
CREATE INDEX applications_unconfirmed ON applications (confirm_by) WHERE state = 'unconfirmed';
CREATE INDEX applications_to_erase ON applications (decided_at) WHERE state = 'declined' AND erased_at IS NULL;

CREATE TABLE photos (
    application_id uuid PRIMARY KEY REFERENCES applications ON DELETE CASCADE,
    media_type text NOT NULL CHECK (media_type IN ('image/jpeg', 'image/png', 'image/webp')),
    bytes bytea NOT NULL CHECK (octet_length(bytes) <= 524288)
);

CREATE TABLE contact_notes (
    contact_note_id bigserial PRIMARY KEY,
    application_id uuid NOT NULL REFERENCES applications ON DELETE CASCADE,
    text text NOT NULL,
    by_role integer NOT NULL,
    by_id text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX contact_notes_of_application ON contact_notes (application_id, contact_note_id);

-- A candidate's way through the tests, with the test set as it was when it was assigned.
CREATE TABLE attempts (
    application_id uuid PRIMARY KEY REFERENCES applications ON DELETE CASCADE,
    test_set jsonb NOT NULL,
    sittings jsonb NOT NULL,
    closed_at timestamptz,
    -- When the clock that runs now will have run out; null while none runs.
    deadline timestamptz
);
CREATE INDEX attempts_deadline ON attempts (deadline) WHERE deadline IS NOT NULL;

CREATE TABLE answers (
    application_id uuid NOT NULL REFERENCES attempts ON DELETE CASCADE,
    test_index smallint NOT NULL,
    task_index smallint NOT NULL,
    answer jsonb NOT NULL,
    given_at timestamptz NOT NULL,
    score smallint CHECK (score BETWEEN 0 AND 100),
    comment text NOT NULL DEFAULT '',
    -- The remote grader's address, while it is to be asked; how often it was, and when next.
    grader text,
    grader_tries integer NOT NULL DEFAULT 0,
    grader_at timestamptz,
    PRIMARY KEY (application_id, test_index, task_index),
    CONSTRAINT answers_asked_or_scored CHECK (score IS NULL OR grader IS NULL),
    CONSTRAINT answers_asked_some_time CHECK ((grader IS NULL) = (grader_at IS NULL))
);
CREATE INDEX answers_for_graders ON answers (grader_at) WHERE grader_at IS NOT NULL;

-- An answer once given stays (H3), and so does its score: not only the code says so.
CREATE FUNCTION answers_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.answer IS DISTINCT FROM OLD.answer OR NEW.given_at IS DISTINCT FROM OLD.given_at
        OR (OLD.score IS NOT NULL AND NEW.score IS DISTINCT FROM OLD.score)
    THEN
        RAISE EXCEPTION 'an answer once given stays' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER answers_stay BEFORE UPDATE ON answers FOR EACH ROW EXECUTE FUNCTION answers_stay();

-- How orders of the hired ended, from the orders context: for comparing variants (H6).
CREATE TABLE ended_orders (
    order_id uuid PRIMARY KEY,
    worker_id uuid NOT NULL,
    completed boolean NOT NULL
);
CREATE INDEX ended_orders_of_worker ON ended_orders (worker_id);
