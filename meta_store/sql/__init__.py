"""The store in SQL: tables, engine, migrations."""
