"""A file descriptor for each connection."""

import resource


def allow_descriptors() -> None:
    """As many as the system grants: newer engines start containers with 1024, and there are more connections."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
