"""Notes in SQLite, behind Flask.

    scripts/try services/own/examples/flask/app.py:app

Worth knowing: SQLite lets one connection write at a time. `add` waits inside its transaction; under gevent that wait
lets another greenlet run, which wants to write too, and waits for the lock in C: with it the whole process waits, and
in it the one who has the lock. Nothing goes on until SQLite gives up. services/own/README.md shows what that costs.
"""

import sqlite3
import time
from pathlib import Path

from flask import Flask, Response, g, jsonify, request

DATABASE = Path("/tmp/notes.db")  # in memory: how fast a disk is plays no part

app = Flask(__name__)

with sqlite3.connect(DATABASE) as first:
    first.execute("CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)")
first.close()


def database() -> sqlite3.Connection:
    if "database" not in g:
        g.database = sqlite3.connect(DATABASE, timeout=1, isolation_level=None)  # seconds to wait for another's lock
    return g.database


@app.teardown_appcontext
def close(_error: BaseException | None) -> None:
    if (connection := g.pop("database", None)) is not None:
        connection.close()


@app.get("/")
def hello() -> str:
    return "Notes: GET /notes?limit=10, POST /notes\n"


@app.get("/page")
def page() -> str:
    """One that cannot live below a path: its addresses are hard-coded. It works at the application's host name."""
    return '<!doctype html><title>Notes</title><output></output><script type="module" src="/static/newest.js"></script>'


@app.get("/notes")
def notes() -> Response:
    """Waits for 20 ms, as if it called another service, and reads."""
    time.sleep(0.02)
    limit = request.args.get("limit", 10, type=int)
    rows = database().execute("SELECT id, text FROM notes ORDER BY id DESC LIMIT ?", [limit]).fetchall()
    return jsonify([{"id": number, "text": text} for number, text in rows])


@app.post("/notes")
def add() -> tuple[Response, int]:
    connection = database()
    connection.execute("BEGIN IMMEDIATE")  # takes the lock
    connection.execute("INSERT INTO notes (text) VALUES (?)", [request.get_data(as_text=True)[:200]])
    time.sleep(0.02)  # with the lock in its hands
    connection.execute("COMMIT")
    return jsonify(added=True), 201
