"""Which database a URL names."""

from sqlalchemy.engine import make_url

from fhir_alliance.ledger.database import Database


def open_database(url: str) -> Database:
    """The database at ``sqlite:///PATH`` or ``postgresql://…``; nothing is read or written yet."""
    named = make_url(url)
    if named.get_backend_name() == "sqlite":
        from fhir_alliance.ledger.sqlite import Sqlite

        return Sqlite(named)
    from fhir_alliance.ledger.postgresql import Postgresql

    return Postgresql(named)
