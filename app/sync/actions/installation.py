"""The epoch: a random name of this database's lineage, changed at every restore."""

from sqlalchemy.dialects import postgresql, sqlite

from app.extensions import db, new_id
from app.sync.models import Installation


def begin_epoch() -> None:
    """Give a fresh database its epoch; of several first requests, one wins."""
    dialect = postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
    fresh = dialect.insert(Installation).values(id=1, epoch=new_id())
    db.session.execute(fresh.on_conflict_do_nothing())
