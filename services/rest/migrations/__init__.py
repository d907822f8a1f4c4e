"""The changes of the schema, in order; rest.migrate runs them."""
