"""Server-sent events as the bench reads them: as the standard has it, not as lines of text end elsewhere."""

from bench import event_stream
from bench.event_stream import Event


def test_a_stream_is_read_as_the_standard_has_it() -> None:
    for stream, wanted in (
        ("event: point\ndata: {}\n\n", [Event("point", "{}")]),
        (
            "data: a\r\ndata:b\r\n\r\n",
            [Event("message", "a\nb")],
        ),  # a type that is missing, two lines, one blank or none
        (": ping\n\nid: 1\nevent: state\n\n", []),  # without data there is no event
        ("event: x\ndata: one\u2028line: two\n\n", [Event("x", "one\u2028line: two")]),
    ):
        assert list(event_stream.parse(stream)) == wanted, repr(stream)
