-- What became of each notification. Not derived from the log, so it needs a backup of its own, and
-- no rebuild touches it. Only the delivery worker writes it. No personal data.

-- Facts older than this are nobody's news: they were before the worker first ran.
CREATE TABLE start_mark (
    only_row      boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    deliver_after timestamptz NOT NULL DEFAULT now()
);
INSERT INTO start_mark DEFAULT VALUES;

CREATE TABLE delivery (
    -- Stable: of a person's notification its own id, of a webhook one made of it and the endpoint.
    -- Receivers see it (Message-ID, webhook-id), so that they can drop a repetition.
    id           uuid PRIMARY KEY,
    notification uuid NOT NULL,
    kind         text NOT NULL,
    recipient    text NOT NULL,
    ticket       uuid NOT NULL,
    -- mail, sms or webhook:<name>; null while no way to the recipient is known.
    target       text,
    -- due: waits for its time, or is being sent. dead: the schedule is over, or it was refused for
    -- good. dropped: nobody is to get it.
    state        text NOT NULL CHECK (state IN ('due', 'delivered', 'dead', 'dropped')),
    -- Begun, the one under way included. An attempt's outcome counts only under its own number.
    attempts     integer NOT NULL DEFAULT 0,
    -- Not before. An attempt under way moves it to its own latest end, so that nobody else begins
    -- another, and somebody does if the worker died.
    due_at       timestamptz NOT NULL DEFAULT now(),
    -- Why it is not delivered.
    reason       text,
    -- When the fact was recorded in the log.
    recorded_at  timestamptz NOT NULL,
    taken_at     timestamptz NOT NULL DEFAULT now(),
    finished_at  timestamptz
);
CREATE INDEX delivery_due ON delivery (target, due_at) WHERE state = 'due';
CREATE INDEX delivery_dead ON delivery (target, recorded_at) WHERE state = 'dead';
