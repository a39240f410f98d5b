-- The same text runs on SQLite and PostgreSQL. Times are milliseconds since
-- 1970 in UTC and 0 when there is none; money is whole rupiah.

-- +goose Up
CREATE TABLE codes (
    id             TEXT    NOT NULL PRIMARY KEY,
    environment    TEXT    NOT NULL,
    mode           TEXT    NOT NULL,
    status         TEXT    NOT NULL,
    invoice_number TEXT    NOT NULL,
    payment_code   TEXT    NOT NULL DEFAULT '',
    amount         BIGINT  NOT NULL,
    customer_name  TEXT    NOT NULL,
    customer_phone TEXT    NOT NULL DEFAULT '',
    customer_email TEXT    NOT NULL DEFAULT '',
    note           TEXT    NOT NULL DEFAULT '',
    options        TEXT    NOT NULL DEFAULT '{}',
    created_by     TEXT    NOT NULL,
    created_at     BIGINT  NOT NULL,
    expires_in     BIGINT  NOT NULL,
    expires_at     BIGINT  NOT NULL DEFAULT 0,
    token          TEXT    NOT NULL UNIQUE,
    form_id        TEXT    NOT NULL UNIQUE,
    how_to_pay_page TEXT   NOT NULL DEFAULT '',
    how_to_pay_api TEXT    NOT NULL DEFAULT '',
    refusal        TEXT    NOT NULL DEFAULT '',
    replaced_by    TEXT    NOT NULL DEFAULT '',
    status_before  TEXT    NOT NULL DEFAULT '',
    cancelled_at   BIGINT  NOT NULL DEFAULT 0,
    paid_at        BIGINT  NOT NULL DEFAULT 0,
    paid_total     BIGINT  NOT NULL DEFAULT 0,
    paid_count     BIGINT  NOT NULL DEFAULT 0,
    review         BIGINT  NOT NULL DEFAULT 0,
    inquired_at    BIGINT  NOT NULL DEFAULT 0,
    check_at       BIGINT  NOT NULL DEFAULT 0,
    checks         BIGINT  NOT NULL DEFAULT 0,
    viewed_at      BIGINT  NOT NULL DEFAULT 0,
    attention      BIGINT  NOT NULL DEFAULT 0,
    version        BIGINT  NOT NULL DEFAULT 1,
    UNIQUE (environment, invoice_number)
);
CREATE INDEX codes_by_number ON codes (payment_code) WHERE payment_code <> '';
CREATE INDEX codes_by_maker ON codes (created_by, id);
CREATE INDEX codes_by_status ON codes (status, id);
CREATE INDEX codes_by_paid ON codes (paid_at) WHERE paid_at > 0;
CREATE INDEX codes_to_check ON codes (environment, check_at) WHERE check_at > 0;
CREATE INDEX codes_to_expire ON codes (status, expires_at) WHERE status = 'active' AND expires_at > 0;
CREATE INDEX codes_to_look_at ON codes (id) WHERE attention > 0;

-- The amounts a code had at DOKU before the present one: a payment of one of
-- them pays the code, with attention.
CREATE TABLE former_amounts (
    code_id TEXT   NOT NULL REFERENCES codes (id),
    amount  BIGINT NOT NULL,
    PRIMARY KEY (code_id, amount)
);

-- What we asked DOKU to do, written before it is sent.
CREATE TABLE calls (
    request_id TEXT   NOT NULL PRIMARY KEY,
    code_id    TEXT   NOT NULL REFERENCES codes (id),
    kind       TEXT   NOT NULL,
    body       BYTEA  NOT NULL,
    change     TEXT   NOT NULL DEFAULT '',
    made_by    TEXT   NOT NULL,
    made_at    BIGINT NOT NULL,
    sent_at    BIGINT NOT NULL DEFAULT 0,
    tries      BIGINT NOT NULL DEFAULT 0,
    next_at    BIGINT NOT NULL DEFAULT 0,
    outcome    TEXT   NOT NULL DEFAULT ''
);
CREATE INDEX calls_due ON calls (next_at) WHERE next_at > 0;
CREATE INDEX calls_of_code ON calls (code_id, kind);

-- DOKU's own words on how to pay a code: a list of sentences as JSON.
CREATE TABLE instructions (
    code_id TEXT NOT NULL PRIMARY KEY REFERENCES codes (id),
    steps   TEXT NOT NULL
);

-- Numbers that count up: of merchant-made codes, by prefix.
CREATE TABLE counters (
    name  TEXT   NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);

CREATE TABLE payments (
    id          TEXT    NOT NULL PRIMARY KEY,
    code_id     TEXT    REFERENCES codes (id),
    amount      BIGINT  NOT NULL,
    paid_at     BIGINT  NOT NULL,
    agent       TEXT    NOT NULL DEFAULT '',
    store       TEXT    NOT NULL DEFAULT '',
    trx         TEXT    NOT NULL DEFAULT '',
    standing    TEXT    NOT NULL,
    source      TEXT    NOT NULL,
    confirmed   BOOLEAN NOT NULL,
    late        BOOLEAN NOT NULL,
    created_at  BIGINT  NOT NULL,
    exchange_id TEXT    NOT NULL DEFAULT ''
);
CREATE INDEX payments_of_code ON payments (code_id, id);
CREATE INDEX payments_unconfirmed ON payments (created_at) WHERE NOT confirmed;
CREATE INDEX payments_without_code ON payments (paid_at) WHERE code_id IS NULL;

-- A notification is told apart by its Request-Id and the digest of its body.
CREATE TABLE deliveries (
    request_id  TEXT   NOT NULL,
    digest      TEXT   NOT NULL,
    exchange_id TEXT   NOT NULL,
    at          BIGINT NOT NULL,
    PRIMARY KEY (request_id, digest)
);

-- Everything that went over the wire, raw. Headers are "Name: value" lines.
CREATE TABLE exchanges (
    id              TEXT   NOT NULL PRIMARY KEY,
    at              BIGINT NOT NULL,
    direction       TEXT   NOT NULL,
    kind            TEXT   NOT NULL,
    code_id         TEXT   NOT NULL DEFAULT '',
    request_id      TEXT   NOT NULL DEFAULT '',
    method          TEXT   NOT NULL,
    url             TEXT   NOT NULL,
    request_header  TEXT   NOT NULL DEFAULT '',
    request_body    BYTEA,
    status          BIGINT NOT NULL DEFAULT 0,
    response_header TEXT   NOT NULL DEFAULT '',
    response_body   BYTEA,
    duration        BIGINT NOT NULL DEFAULT 0,
    verdict         TEXT   NOT NULL,
    remark          TEXT   NOT NULL DEFAULT ''
);
CREATE INDEX exchanges_of_code ON exchanges (code_id, id) WHERE code_id <> '';
CREATE INDEX exchanges_unverified ON exchanges (id) WHERE verdict = 'bad_signature';

CREATE TABLE attention (
    id          TEXT   NOT NULL PRIMARY KEY,
    code_id     TEXT   NOT NULL DEFAULT '',
    payment_id  TEXT   NOT NULL DEFAULT '',
    exchange_id TEXT   NOT NULL DEFAULT '',
    kind        TEXT   NOT NULL,
    opened_at   BIGINT NOT NULL,
    done_at     BIGINT NOT NULL DEFAULT 0,
    done_by     TEXT   NOT NULL DEFAULT '',
    note        TEXT   NOT NULL DEFAULT ''
);
CREATE INDEX attention_open ON attention (id) WHERE done_at = 0;
CREATE INDEX attention_of_code ON attention (code_id, id) WHERE code_id <> '';

-- The log. digest is keyed over what the row says, chain over the digest and
-- the chain before it, so that a detail may be blanked while a change of it,
-- or a missing row, still shows.
CREATE TABLE events (
    seq     BIGINT NOT NULL PRIMARY KEY,
    at      BIGINT NOT NULL,
    code_id TEXT   NOT NULL DEFAULT '',
    kind    TEXT   NOT NULL,
    actor   TEXT   NOT NULL,
    cause   TEXT   NOT NULL DEFAULT '',
    detail  TEXT   NOT NULL DEFAULT '',
    digest  TEXT   NOT NULL,
    chain   TEXT   NOT NULL
);
CREATE INDEX events_of_code ON events (code_id, seq) WHERE code_id <> '';

-- +goose Down
DROP TABLE events;
DROP TABLE attention;
DROP TABLE exchanges;
DROP TABLE deliveries;
DROP TABLE payments;
DROP TABLE counters;
DROP TABLE instructions;
DROP TABLE calls;
DROP TABLE former_amounts;
DROP TABLE codes;
