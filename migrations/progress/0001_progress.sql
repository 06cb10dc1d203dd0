-- How far the projector is, and what it could not apply. Changes in one transaction with the rows.

-- The reader's cursor per partition. Moved by compare-and-set, so that of two projectors at work
-- on one generation each batch counts once.
CREATE TABLE checkpoint (
    partition   integer PRIMARY KEY,
    log_id      uuid NOT NULL,
    -- Of the head; the log id before the first record.
    incarnation uuid NOT NULL,
    -- The log adapter's place of the next entry.
    next        bigint NOT NULL,
    -- And of the head, so that it can be read again and compared.
    head_at     bigint NOT NULL,
    -- The last valid record folded; both null before the first.
    sequence    bigint,
    head        bytea,
    closed      boolean NOT NULL,
    moved_at    timestamptz NOT NULL DEFAULT now(),
    CHECK ((sequence IS NULL) = (head IS NULL))
);

-- Streams with a record that can't be decoded or applied: everything from there on waits.
CREATE TABLE parked_stream (
    partition      integer NOT NULL,
    stream         text NOT NULL,
    since_sequence bigint NOT NULL,
    error          text NOT NULL,
    parked_at      timestamptz NOT NULL DEFAULT now(),
    -- With the partition, so that none ever waits for what another one has parked.
    PRIMARY KEY (partition, stream)
);

-- The waiting records themselves, in the log's order.
CREATE TABLE dead_letter (
    partition integer NOT NULL,
    sequence  bigint NOT NULL,
    stream    text NOT NULL,
    type      text NOT NULL,
    key       bytea NOT NULL,
    -- The `ce_` attributes, packed as they are hashed.
    headers   bytea NOT NULL,
    data      bytea NOT NULL,
    hash      bytea NOT NULL,
    -- Why it can't be applied; null where only an earlier record of its stream can't.
    error     text,
    PRIMARY KEY (partition, sequence)
);
CREATE INDEX dead_letter_stream ON dead_letter (stream, sequence);
