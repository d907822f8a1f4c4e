"""What runs inside a worker, a module at a time: only the standard library, and nothing that waits or lets others run."""
