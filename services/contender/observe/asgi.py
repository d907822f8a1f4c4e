"""prometheus_client around an ASGI application: a pure ASGI middleware."""

from contender.asgi import CONTEXT, App, Message, Receive, Scope, Send
from contender.catalogue import LAB_PREFIX
from contender.observe import metrics


def count(app: App) -> App:
    async def counted(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":  # a WebSocket has no duration that says anything
            return await app(scope, receive, send)
        path = str(scope["path"]).removeprefix(scope.get("root_path", ""))
        if path in (metrics.PATH, LAB_PREFIX + metrics.PATH):
            return await expose(send)
        request = metrics.Request(scope["method"], path)

        async def note_status(message: Message) -> None:
            if message["type"] == "http.response.start":
                request.status = str(message["status"])
            await send(message)

        try:
            await app(scope, receive, note_status)
        finally:
            request.end(scope[CONTEXT].queued_ms if CONTEXT in scope else None)

    return counted


async def expose(send: Send) -> None:
    body = metrics.scrape()
    headers = [(b"content-type", metrics.CONTENT_TYPE.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
