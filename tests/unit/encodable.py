"""The characters that hypothesis' texts are of by default: its own way to them encodes each one, a second a process."""

from hypothesis import strategies as st

ENCODABLE = st.characters(exclude_categories=["Cs"])  # all but surrogates, which UTF-8 has no bytes for
