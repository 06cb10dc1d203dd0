-- The log in Postgres: every valid record, in order. Never updated, never deleted.
CREATE TABLE record (
    partition   smallint NOT NULL,
    -- The dense number within the partition; the genesis is 0.
    sequence    bigint   NOT NULL,
    -- SHA-256 of the record, and of the one it extends (64 zero digits for the genesis).
    hash        bytea    NOT NULL,
    previous    bytea    NOT NULL,
    -- The stream, such as ticket-<uuid>.
    key         bytea    NOT NULL,
    -- All ce_ headers but ce_hash, sorted by name; each name and each value is preceded by its
    -- length as four bytes, big-endian. These bytes are what is hashed.
    packed      bytea    NOT NULL,
    -- W3C trace context; outside the hash.
    traceparent bytea,
    data        bytea    NOT NULL,
    PRIMARY KEY (partition, sequence)
);

-- JSON of a few hundred bytes: compressing it costs more than it saves.
ALTER TABLE record ALTER COLUMN packed SET STORAGE EXTERNAL, ALTER COLUMN data SET STORAGE EXTERNAL;
