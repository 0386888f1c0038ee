-- A page that maps again closes the rejects of its items, however many are open.
CREATE INDEX rejects_by_item ON rejects (connection, resource, item);
