import azure.functions as func

blueprint = func.Blueprint()


@blueprint.route(route="files/{*path}", methods=["GET"])
def files(req: func.HttpRequest) -> str:
    return req.route_params["path"]
