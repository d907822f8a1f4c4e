"""The WSGI codebase: one application, which gunicorn runs under its sync, gevent and eventlet workers."""
