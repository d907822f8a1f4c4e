"""The Starlette service: the workloads as routes, and the entry document of the REST API."""
