-- The catalogue as it is now. It is one stream, and so of one partition.

CREATE TABLE catalogue_entry (
    -- category, skill, store, area or holiday.
    kind    text NOT NULL,
    -- The name; of a holiday the date, and behind a space the area if it is not one everywhere.
    key     text COLLATE "C" NOT NULL,
    -- The entry as it is shown.
    content jsonb NOT NULL,
    PRIMARY KEY (kind, key)
);

-- How far its stream is: one row, once there is an event.
CREATE TABLE catalogue (
    stream     text PRIMARY KEY,
    version    integer NOT NULL,
    -- The running maximum of business time.
    updated_at timestamptz NOT NULL,
    partition  integer NOT NULL
);
