"""The same application again, in the words of frameworks on uvicorn."""
