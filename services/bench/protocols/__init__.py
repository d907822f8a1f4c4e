"""The feature matrix: for each feature of HTTP and WebSocket a probe, which sends it and reports the response."""
