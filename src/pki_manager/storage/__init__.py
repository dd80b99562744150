"""Storage with SQLAlchemy on SQLCipher or PostgreSQL: tables, repositories, units of work, encryption, migrations."""
