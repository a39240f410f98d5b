-- Passkeys of the staff: public keys, by which nobody can sign in.

-- +goose Up
CREATE TABLE passkeys (
    id         TEXT   NOT NULL PRIMARY KEY, -- of the credential, base64url
    staff_id   TEXT   NOT NULL REFERENCES staff (id),
    name       TEXT   NOT NULL,
    credential TEXT   NOT NULL, -- public key, flags and counter, as JSON
    made_at    BIGINT NOT NULL,
    used_at    BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX passkeys_of_staff ON passkeys (staff_id, id);

-- +goose Down
DROP TABLE passkeys;
