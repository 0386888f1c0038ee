"""Engines: records where their user already works, read by as many machines as that has.

Each module is for one engine, imports it when it is used, and names the extra that brings it.
`reading` is what engines share that read vendors themselves; `tables` is a record as one row.
`replication` is what engines share that pass on a store's changes: `bookmarks` say how far a target
has them, `row_schemas` what a row is in JSON, `settings` which connection of which project it is.
"""
