"""Django in one file.

    scripts/try services/own/examples/django/app.py:application

Worth knowing: `application` is WSGI, and `asgi` is the same views in ASGI (scripts/try .../app.py:asgi). There each
request that has a plain `def` view gets a thread of its own, with no pool that would bound them: 200 requests at once
were seen to be 200 threads.
"""

import time

from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path

HOSTS = ["localhost", ".localhost", "127.0.0.1"]  # what Django allows by itself with DEBUG
settings.configure(ALLOWED_HOSTS=[*HOSTS, "nginx"], ROOT_URLCONF=__name__, SECRET_KEY="of an example", USE_TZ=True)


def hello(request: HttpRequest) -> HttpResponse:
    """Only code that reads the host has it checked: 400 for another than HOSTS."""
    return HttpResponse(f"Hello from Django at {request.get_host()}: /wait\n", content_type="text/plain")


def wait(request: HttpRequest) -> JsonResponse:
    ms = min(1000, int(request.GET.get("ms", 50)))
    time.sleep(ms / 1000)
    return JsonResponse({"waited_ms": ms, "at": request.path})


urlpatterns = [path("", hello), path("wait", wait)]

application = get_wsgi_application()
asgi = get_asgi_application()
