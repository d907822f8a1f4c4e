"""The bare ASGI codebase: the interface without a framework, on uvicorn."""
