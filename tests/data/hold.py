"""Holds the lock of a SQLite database, as another program may, until a line comes or nothing more can."""

import sqlite3
import sys

history = sqlite3.connect(sys.argv[1], isolation_level=None)
history.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.readline()
history.rollback()
print("free", flush=True)
sys.stdin.readline()
