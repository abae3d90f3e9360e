"""A blob copied from one container to another."""

import azure.functions as func
from record import record

storage = func.Blueprint()


@storage.blob_trigger(
    arg_name="source", path="samples-workitems/{name}", connection="AzureWebJobsStorage", data_type=func.DataType.BINARY
)
@storage.blob_output(
    arg_name="target", path="copies/{name}-copy", connection="AzureWebJobsStorage", data_type=func.DataType.BINARY
)
async def copy_blob(source: func.InputStream, target: func.Out[bytes]) -> None:
    content = source.read()
    record("copy_blob", name=source.name, length=len(content))
    target.set(content)


@storage.route(route="copies/{name}", methods=["GET"])
@storage.blob_input(
    arg_name="content", path="copies/{name}", connection="AzureWebJobsStorage", data_type=func.DataType.BINARY
)
def read_copy(req: func.HttpRequest, content: func.InputStream) -> func.HttpResponse:
    if content is None:
        return func.HttpResponse(status_code=404)
    return func.HttpResponse(content.read(), mimetype="application/octet-stream")
