"""Who speaks what: for each feature of HTTP and WebSocket a probe, which sends it and says what came back."""
