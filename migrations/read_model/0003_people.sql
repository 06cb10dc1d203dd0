-- Consultants and customers as they are now, and how they are found by what somebody types who
-- only heard it. Each function of a null is null; none is STRICT, because such ones are not inlined,
-- which made them ten times slower.

-- A text by which names are compared and sorted: in lower case, without marks on letters; ß is ss,
-- and ä, ae and a are one, as are ö and ü.
CREATE FUNCTION folded(words text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN regexp_replace(
    regexp_replace(
        replace(translate(lower(normalize(words, NFKD)), 'øłđıæœ', 'oldiao'), 'ß', 'ss'),
        '[\u0300-\u036f]', '', 'g'),
    '([aou])e', '\1', 'g');

-- The words between white space, ASCII's punctuation and dashes.
CREATE FUNCTION folded_words(words text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN array_remove(
    regexp_split_to_array(folded(words), '[\s!-/:-@\[-`{-~\u2010-\u2015]+'), '');

-- A name's words, those with an apostrophe once whole and once in their parts: O'Brien is found as
-- obrien, o'brien and brien.
CREATE FUNCTION name_words(name text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN array_to_tsvector(
    folded_words(translate(name, '''’‘ʼ`´', ''))
    || folded_words(translate(name, '''’‘ʼ`´', '      ')));

-- What finds the names in which a word begins with each of these; null, which finds none, if there
-- is no word in it.
CREATE FUNCTION name_query(words text) RETURNS tsquery
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
    SELECT string_agg('''' || word || ''':*', ' & ')
    FROM unnest(folded_words(translate(words, '''’‘ʼ`´', ''))) AS word
)::tsquery;

-- A telephone number from its last digit to its first, without what differs from one spelling to
-- another: what stands between the digits, and zeros in front, be they for trunk or abroad. Who
-- knows the end of a number looks for the beginning of this.
CREATE FUNCTION phone_key(phone text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN nullif(
    reverse(ltrim(regexp_replace(replace(phone, '(0)', ''), '[^0-9]', '', 'g'), '0')), '');

-- The ends of a number that are long enough to be what somebody noted without area or country.
CREATE FUNCTION phone_ends(phone text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
    SELECT array_agg(left(phone_key(phone), digits))
    FROM generate_series(6, length(phone_key(phone)) - 1) AS digits
);

CREATE TABLE consultant (
    id            uuid PRIMARY KEY,
    version       integer NOT NULL,
    name          text,
    team          text,
    -- Levels, 1 to 5, by skill.
    skills        jsonb NOT NULL,
    -- None means every area.
    areas         jsonb NOT NULL,
    travel_km_max bigint,
    languages     jsonb NOT NULL,
    capacity      bigint NOT NULL,
    availability  text NOT NULL,
    hours         jsonb,
    place         jsonb,
    retired       boolean NOT NULL,
    -- Names of the columns above whose personal data was destroyed for good.
    erased        jsonb NOT NULL,
    -- The last time, if they came back.
    registered_at timestamptz NOT NULL,
    -- The running maximum of business time.
    updated_at    timestamptz NOT NULL,
    -- Where their records are, so that an answer can name the view's position there.
    partition     integer NOT NULL,

    name_key      text COLLATE "C" GENERATED ALWAYS AS (coalesce(folded(name), '')) STORED,
    name_words    tsvector GENERATED ALWAYS AS (name_words(name)) STORED
);
CREATE INDEX consultant_name ON consultant (name_key, id);
CREATE INDEX consultant_team ON consultant (team, name_key) WHERE team IS NOT NULL;

-- What a consultant has to do now: their load, and whose contact they may see.
CREATE INDEX ticket_at_work ON ticket (assignee, status)
    WHERE status IN ('assigned', 'in_progress', 'on_hold');

CREATE TABLE customer (
    id            uuid PRIMARY KEY,
    version       integer NOT NULL,
    name          text,
    phone         text,
    email         text,
    -- How they want to be served; all null once they are erased.
    channel       text,
    language      text,
    consultant    uuid,
    surveys       boolean,
    -- Names of the columns above whose personal data was destroyed for good.
    erased        jsonb NOT NULL,
    registered_at timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    -- When everything personal of them had to go, if it had.
    erased_at     timestamptz,
    partition     integer NOT NULL,

    name_key      text COLLATE "C" GENERATED ALWAYS AS (coalesce(folded(name), '')) STORED,
    name_words    tsvector GENERATED ALWAYS AS (name_words(name)) STORED,
    phone_key     text COLLATE "C" GENERATED ALWAYS AS (phone_key(phone)) STORED,
    email_key     text COLLATE "C" GENERATED ALWAYS AS (lower(email)) STORED
);
CREATE INDEX customer_name ON customer (name_key, id) WHERE erased_at IS NULL;
CREATE INDEX customer_words ON customer USING gin (name_words);
CREATE INDEX customer_phone ON customer (phone_key) WHERE phone_key IS NOT NULL;
CREATE INDEX customer_email ON customer (email_key) WHERE email_key IS NOT NULL;
