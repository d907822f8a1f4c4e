"""What a run comes to, for people: parts of a report as data, and pictures."""
