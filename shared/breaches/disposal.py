"""How an entry of the register of breaches is disposed of."""

from shared.breaches.register_models import BREACHES
from shared.retention.disposable import Disposable, Row, flat

BREACH = Disposable(
    name="breach",
    container=BREACHES,
    rows=(Row("breach", "keptFrom"),),
    key=lambda breach: str(breach["organisationId"]),
    home=flat,
    site=None,
)
