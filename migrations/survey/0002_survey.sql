-- One generation of the survey view: a Postgres schema of its own, which the connection's
-- search_path names, so no table here is ever qualified. The projector `survey` writes it.

-- A customer who was asked how a closing of a ticket went, and what they answered. What answers are
-- counted by is the invitation's, as it was when the ticket was closed: no other table is needed.
CREATE TABLE survey (
    -- The respondent's, which is made of ticket and closing.
    id          uuid PRIMARY KEY,
    version     integer NOT NULL,
    ticket      uuid NOT NULL,
    -- Which of its closings, from 1.
    closing     bigint NOT NULL,
    -- Null: somebody without an account.
    customer    uuid,
    -- email, sms
    channel     text NOT NULL,
    language    text,
    consultant  uuid,
    team        text,
    category    text,
    store       text,
    area        text,
    invited_at  timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    -- These three are null until it is answered.
    score       smallint CHECK (score BETWEEN 1 AND 5),
    answered_at timestamptz,
    -- Null also if nothing was said, or it was erased, be it with the customer.
    text        text,
    text_erased boolean NOT NULL,
    UNIQUE (ticket, closing),
    CHECK ((score IS NULL) = (answered_at IS NULL))
);
-- The orders of lists; summaries are of a time of invitations.
CREATE INDEX survey_invited ON survey (invited_at, id);
CREATE INDEX survey_answered ON survey (answered_at, id) WHERE answered_at IS NOT NULL;
CREATE INDEX survey_score ON survey (score, id) WHERE answered_at IS NOT NULL;
-- What lists and summaries are of.
CREATE INDEX survey_consultant ON survey (consultant, invited_at, id);
CREATE INDEX survey_team ON survey (team, invited_at, id);
CREATE INDEX survey_category ON survey (category, invited_at, id);
CREATE INDEX survey_store ON survey (store, invited_at, id);
CREATE INDEX survey_area ON survey (area, invited_at, id);
CREATE INDEX survey_customer ON survey (customer, invited_at, id);

-- Customers who were erased, whatever they say later.
CREATE TABLE erased_customer (
    id uuid PRIMARY KEY
);
