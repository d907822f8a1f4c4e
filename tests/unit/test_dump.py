"""What is shown of an environ or a scope, and what is not."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from contender.dump import dump
from contender.masking import HIDDEN
from tests.unit.encodable import ENCODABLE

SECRET = "s3cr3t"


def shown(handed: dict[str, Any]) -> Any:
    return json.loads(dump(handed))


def test_keys_are_sorted_at_every_depth() -> None:
    assert list(shown({"b": 1, "a": {"d": 1, "c": 2}}).items()) == [("a", {"c": 2, "d": 1}), ("b", 1)]
    assert dump({"b": {"d": 1, "c": 2}, "a": 1}) == dump({"a": 1, "b": {"c": 2, "d": 1}})
    assert dump({"b": 1, "a": 2}).index(b'"a"') < dump({"b": 1, "a": 2}).index(b'"b"')


def test_a_key_that_sounds_like_a_secret_hides_its_value() -> None:
    for key in (
        *("HTTP_AUTHORIZATION", "HTTP_PROXY_AUTHORIZATION", "HTTP_COOKIE", "HTTP_X_API_KEY", "HTTP_X_AUTH_TOKEN"),
        *("DATABASE_PASSWORD", "AWS_SECRET_ACCESS_KEY", "apikey", "session", "credentials", "HTTP_X_JWT"),
        *("X-Signing-Key", "Ocp-Apim-Subscription-Key", "X-Secret-Thing", "authority-token"),
    ):
        assert shown({key: SECRET, "nested": {key: [SECRET]}}) == {key: HIDDEN, "nested": {key: HIDDEN}}
    plain = dict.fromkeys(("author", "HTTP_X_AUTHOR", "max_tokens", "HTTP_IDEMPOTENCY_KEY", "monkey", "keys"), "shown")
    assert shown(plain) == plain


def test_a_pair_of_an_asgi_header_hides_its_value() -> None:
    for name in (b"authorization", b"Cookie", b"x-api-key", b"x-csrf-token", b"set-cookie"):
        text = name.decode()
        assert shown({"headers": [(name, SECRET.encode()), [name, b"x"], (b"accept", b"*/*")]}) == {
            "headers": [[text, HIDDEN], [text, HIDDEN], ["accept", "*/*"]]
        }


URLS = [
    (f"token={SECRET}", f"token={HIDDEN}"),
    (f"ms=5&api_key={SECRET}&n=1", f"ms=5&api_key={HIDDEN}&n=1"),
    (f"/gevent/dump?access_token={SECRET}", f"/gevent/dump?access_token={HIDDEN}"),
    (f"http://localhost/a?Password={SECRET}&b=c", f"http://localhost/a?Password={HIDDEN}&b=c"),
    (f"to%6ben={SECRET}", f"to%6ben={HIDDEN}"),
    (f"key={SECRET}&keys=2&sig={SECRET}", f"key={HIDDEN}&keys=2&sig={HIDDEN}"),
    (f"http://user:{SECRET}@host/a?b=c", f"http://{HIDDEN}@host/a?b=c"),
    ("http://host/a@b", "http://host/a@b"),
    ("ms=5&n=1", "ms=5&n=1"),
    ("/dump", "/dump"),
    ("", ""),
]


def test_a_query_string_hides_its_secrets_as_text_and_as_bytes() -> None:
    for text, want in URLS:
        assert shown({"text": text, "bytes": text.encode()}) == {"text": want, "bytes": want}


def test_what_json_has_a_word_for_is_shown_as_it_is() -> None:
    plain = [None, True, False, 0, 2.5, "text", [1, "two"], {"three": 3}]
    assert shown({"it": plain}) == {"it": plain}


def test_a_tuple_is_a_list_and_bytes_are_text() -> None:
    assert shown({"wsgi.version": (1, 0), "raw_path": b"/a\xff"}) == {"wsgi.version": [1, 0], "raw_path": "/aÿ"}


class Stream:
    """Something that JSON has no word for."""


def test_an_object_is_named_by_its_type() -> None:
    name = f"{Stream.__module__}.Stream"
    assert shown({"wsgi.input": Stream(), "all": [Stream(), print]}) == {
        "wsgi.input": f"<{name}>",
        "all": [f"<{name}>", "<builtins.builtin_function_or_method>"],
    }


def test_keys_that_are_no_text_become_text() -> None:
    assert shown({"handlers": {404: 1, b"x": 2}}) == {"handlers": {"404": 1, "x": 2}}


def test_what_the_lab_itself_put_there_is_not_shown() -> None:
    assert shown({"contender.context": Stream(), "PATH_INFO": "/"}) == {"PATH_INFO": "/"}


TEXT = st.text(ENCODABLE, max_size=8)
LEAVES = st.none() | st.booleans() | st.integers() | TEXT | st.binary(max_size=8) | st.just(print)


@given(
    st.dictionaries(
        TEXT,
        st.recursive(LEAVES, lambda inner: st.lists(inner) | st.tuples(inner, inner), max_leaves=10),
    )
)
def test_anything_that_is_handed_over_can_be_shown(handed: dict[str, Any]) -> None:
    assert set(shown(handed)) == {key for key in handed if not key.startswith("contender.")}
