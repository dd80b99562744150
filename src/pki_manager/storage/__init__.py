"""SQLAlchemy: tables, repositories, units of work, encryption, migrations. SQLCipher or PostgreSQL."""
