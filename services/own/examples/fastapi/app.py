"""The same wait of 50 ms, written three ways, behind FastAPI.

    scripts/try services/own/examples/fastapi/app.py:app

Worth knowing: in a coroutine, time.sleep stops every request of its process; the same line in a plain `def` stops none,
up to the 40 threads of its pool.
"""

import asyncio
import time

from fastapi import FastAPI, WebSocket

app = FastAPI(title="The same wait, three ways")


@app.get("/")
async def hello() -> dict[str, str]:
    return {"async": "/async", "blocking": "/blocking", "threaded": "/threaded"}


@app.get("/async")
async def awaited() -> dict[str, str]:
    await asyncio.sleep(0.05)
    return {"waited": "in the event loop"}


@app.get("/blocking")
async def blocking() -> dict[str, str]:
    time.sleep(0.05)
    return {"waited": "in the way of all others"}


@app.get("/threaded")
def threaded() -> dict[str, str]:
    time.sleep(0.05)
    return {"waited": "in a thread"}


@app.websocket("/echo")
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    async for message in websocket.iter_text():
        await websocket.send_text(message)
