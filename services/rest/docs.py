"""`/docs`: a page to read and try the API that `/openapi.json` describes. Swagger UI draws it, out of our own image."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

from contender.problem import Problem
from rest.resource import resource

ASSETS = Path(__file__).with_name("assets")
_PAGE = Path(__file__).with_name("docs.html").read_text("utf-8")

# Whatever a description may smuggle in, it loads nothing from outside, and runs nothing that is not a file of ours.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",  # Swagger UI sets its styles through the DOM, which is no inline style
        "img-src 'self' data:",  # arrows and icons stand in swagger-ui.css
        "connect-src 'self'",  # what "Execute" sends
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "Cache-Control": "no-cache",  # revalidated by ETag: a new image is seen at once
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


async def page(request: Request) -> Response:
    if not (ASSETS / "swagger-ui").is_dir():
        raise Problem(503, "Swagger UI is missing: it ships in the REST service image (services/Dockerfile, rest).")
    return HTMLResponse(_PAGE, headers=_HEADERS | {"Content-Security-Policy": POLICY})


async def asset(request: Request) -> Response:
    """A route and not a mount: a mount would take every method, and refuse without saying which it allows."""
    files = StaticFiles(directory=ASSETS, check_dir=False)
    response = await files.get_response(request.path_params["path"], request.scope)
    response.headers.update(_HEADERS)
    return response


routes = [
    resource("/docs", "docs", get=page),
    resource("/docs/assets/{path:path}", "assets", get=asset),
]
