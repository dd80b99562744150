"""Invariants that hold in every installation, whatever happened to it. `python -m tests.faults.invariants` checks them.

`docs/explanation/what-is-never-lost.md` describes them.
"""
