"""uvicorn's own HTTP protocol, but for its refusal of what is no HTTP: a problem document instead of plain text."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from contender.problem import refusal


class Protocol(HttpToolsProtocol):
    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 -- in words that name nothing
        self.transport.write(refusal(400))
        self.transport.close()
