"""The lab's own certification authority, and nginx's certificate, made at the first start of the lab."""
