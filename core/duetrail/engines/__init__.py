"""Engines: records where their user already works, read by as many machines as that has.

Each module is for one engine, imports it when it is used, and names the extra that brings it.
`reading` is what engines share that read vendors themselves; `tables` is a record as one row.
"""
