-- Which office a request says was notified of it as the enforcing authority: its name and country, as offices are compared.
CREATE TABLE request_notified (
    request BYTES NOT NULL PRIMARY KEY REFERENCES requests (id),
    office TEXT NOT NULL,
    country TEXT NOT NULL
);
CREATE INDEX request_notified_by_office ON request_notified (office, country);
