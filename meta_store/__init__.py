"""The memory of past searches: plain records in a database, and how they become a hint."""
