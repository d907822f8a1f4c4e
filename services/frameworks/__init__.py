"""The same application again, in the words of a framework on uvicorn."""
