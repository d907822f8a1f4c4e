"""The host name of an application of the user's own, and what a refused one looks like."""

# The header by which nginx has services/own/wrap.py take the mount prefix away: nginx/conf.d/headers.conf.
AT_ROOT = "X-Serverlab-At-Root"


def host_name(contender: str) -> str:
    """At whose root it is, beside its prefix: nginx/conf.d/own.conf."""
    return f"{contender}.localhost"


def is_refused(status: int | None, body: str) -> bool:
    """By Django, for its Host: it names the exception with DEBUG, and without has one line for every bad request."""
    return status == 400 and ("DisallowedHost" in body or "<h1>Bad Request (400)</h1>" in body)


def refusal(host: str) -> str:
    return f"refuses the host {host} (Django's DisallowedHost): add it to ALLOWED_HOSTS"
