"""An app in the style of the public quickstarts: sync and async functions, a blueprint, routes that overlap."""

import json
import logging
from pathlib import Path

import azure.functions as func
from more import blueprint

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
app.register_functions(blueprint)


@app.route(route="hello/{name?}", methods=["GET"])
def hello(req: func.HttpRequest) -> str:
    return f"Hello {req.route_params.get('name', 'world')}"


@app.route(route="echo", methods=["POST", "GET"])
async def echo(req: func.HttpRequest) -> func.HttpResponse:
    seen = {
        "params": dict(req.params),
        "headers": {k: v for k, v in req.headers.items() if k.startswith("x-")},
        "length": len(req.get_body()),
    }
    answer = func.HttpResponse(json.dumps(seen), mimetype="application/json", status_code=202)
    answer.headers["Set-Cookie"] = "a=1; Path=/; HttpOnly"
    return answer


@app.route(route="number/{n:int}", methods=["GET"])
def number(req: func.HttpRequest) -> str:
    return str(int(req.route_params["n"]) + 1)


@app.route(route="same/{x}", methods=["GET"])
def a_first(req: func.HttpRequest) -> str:
    return "first by name"


@app.route(route="same/exact", methods=["GET"])
def b_second(req: func.HttpRequest) -> str:
    return "second by name"


@app.route(route="broken", methods=["GET"])
def broken(req: func.HttpRequest) -> str:
    raise RuntimeError("secret detail")


@app.route(route="locked", methods=["GET"], auth_level=func.AuthLevel.FUNCTION)
def locked(req: func.HttpRequest) -> str:
    return "open"


@app.route(route="off", methods=["GET"])
def off(req: func.HttpRequest) -> str:
    return "never"


@app.timer_trigger(arg_name="timer", schedule="0 0 0 1 1 *")
def yearly(timer: func.TimerRequest) -> None:
    logging.getLogger(__name__).info("late" if timer.past_due else "on time")
    Path("fired.txt").write_text("yes")
