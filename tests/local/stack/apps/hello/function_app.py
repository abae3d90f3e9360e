"""The smallest app that shows whether it has its environment."""

import json
import os

import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route("hello", methods=["GET"])
async def hello(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(json.dumps({"process": os.getpid(), "endpoint": os.environ["COSMOS_ENDPOINT"]}))
