"""What every contender shares, so that they differ in nothing but their interface, server and worker."""
