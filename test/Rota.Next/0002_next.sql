-- works with: 1
-- What a later Rota may do while this one works: columns with a default in the busiest tables, a table, an index.
ALTER TABLE rota.job ADD COLUMN next_weight integer NOT NULL DEFAULT 1;
ALTER TABLE rota.ready ADD COLUMN next_weight integer NOT NULL DEFAULT 1;
ALTER TABLE rota.running ADD COLUMN next_weight integer NOT NULL DEFAULT 1;
ALTER TABLE rota.waiting ADD COLUMN next_weight integer NOT NULL DEFAULT 1;
ALTER TABLE rota.outcome ADD COLUMN next_weight integer NOT NULL DEFAULT 1;
ALTER TABLE rota.node ADD COLUMN next_zone text;

CREATE TABLE rota.next (
    id   integer NOT NULL PRIMARY KEY,
    text text COLLATE "C" NOT NULL
);
CREATE INDEX job_next ON rota.job (next_weight) WHERE next_weight <> 1;
