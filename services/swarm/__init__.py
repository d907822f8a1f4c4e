"""The lab on several machines: what Docker Swarm is given."""
