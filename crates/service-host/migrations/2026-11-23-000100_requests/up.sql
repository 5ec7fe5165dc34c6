-- What was answered to whom: repeating a request gives the first answer again.
CREATE TABLE requests (
    caller text NOT NULL,
    request_id uuid NOT NULL,
    method text NOT NULL,
    -- SHA-256 of method, caller and the request's canonical encoding.
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    -- Empty only inside the transaction that claims the row.
    response bytea NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (caller, request_id)
);

-- For the job that removes old rows.
CREATE INDEX requests_created_at ON requests (created_at);
