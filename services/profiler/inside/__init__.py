"""What runs inside a worker, a module at a time: the standard library alone, and nothing that waits or yields."""
