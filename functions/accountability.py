"""What a controller has to be able to show, as documents and as JSON."""

from shared.accountability import packs, paper
from shared.accountability.models import PackQuery, PackView
from shared.documents.pdf import typeset
from shared.http.door import Call, Door, Reply
from shared.http.models import NoBody

door = Door()


@door.endpoint(
    "accountability_pack",
    "GET",
    "accountability/{pack}",
    summary="Record of processing, impact assessment, sub-processors, retention schedule or access matrix, as in force",
    query=PackQuery,
    reply=PackView,
    media=("application/pdf",),
)
async def read(call: Call[NoBody, PackQuery]) -> Reply:
    made = await packs.pack(call.platform, call.principal, call.params["pack"])
    if call.query.form == "json":
        return Reply(made)
    return Reply(await typeset(paper.document(made)), content_type="application/pdf")
