"""How the record of a disclosure is disposed of."""

from shared.retention.disposable import Disposable, Row, flat

DISCLOSURE = Disposable(
    name="disclosure",
    container="disclosures",
    rows=(Row("disclosure", "disclosedAt"),),
    key=lambda disclosure: str(disclosure["organisationId"]),
    home=flat,
    site=None,
)
