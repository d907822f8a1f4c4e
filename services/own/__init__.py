"""The user's own application: found, installed, looked at, and started under each server that fits it."""


class ProjectError(Exception):
    """The project cannot be served as it is; the text has the reason and the remedy."""
