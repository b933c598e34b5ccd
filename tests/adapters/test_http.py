"""The one HTTP client against real servers on loopback."""

from __future__ import annotations

import gzip
import io
import os
import socket
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme

from spirou_cli.adapters import (
    AdapterError,
    AuthRequired,
    NotFound,
    ProtocolError,
    RateLimited,
    Rejected,
    Uncertain,
    Unreachable,
    transport,
)
from spirou_cli.adapters.http import HttpClient, HttpOptions, Response
from spirou_cli.adapters.outcome import refusal, retry_after

PLAIN = HttpOptions(http_on_loopback=True)
QUICK = HttpOptions(http_on_loopback=True, deadline_s=0.5)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)

type_of = type


def signed(url: str, options: HttpOptions = PLAIN) -> HttpClient:
    client = HttpClient(url, options)
    client.use_header("X-Key", "canary-4711")
    return client


# --- what goes out -------------------------------------------------------------------------------


def test_a_read_is_signed_and_below_the_base_path(serve) -> None:
    """A relative path is taken below the account's URL and carries the key."""
    server = serve(lambda exchange: exchange.answer(200, b'{"ok": true}'))

    response = signed(server.origin + "/redmine").read("GET", "issues.json", params={"q": "a b"})

    assert response.json() == {"ok": True}
    assert [(r.method, r.path, r.headers["x-key"]) for r in server.seen] == [
        ("GET", "/redmine/issues.json?q=a+b", "canary-4711")
    ]


def test_json_goes_out_with_its_type(serve) -> None:
    """A JSON body is sent as UTF-8 JSON."""
    server = serve(lambda exchange: exchange.answer(201, b"{}"))

    signed(server.origin).write("POST", "/issues.json", json={"subject": "Réserver"})

    (request,) = server.seen
    assert request.headers["content-type"] == "application/json"
    assert request.body == b'{"subject": "R\\u00e9server"}'


def test_a_file_is_streamed_with_its_length(serve) -> None:
    """An open file is sent whole, with Content-Length and not chunked."""
    server = serve(lambda exchange: exchange.answer(201))
    content = bytes(range(256)) * 2000

    signed(server.origin).write("POST", "/uploads.json", data=io.BytesIO(content))

    assert server.seen[0].body == content


def test_basic_carries_utf_8(serve) -> None:
    """A password with accents is sent as RFC 7617 says for UTF-8."""
    server = serve(lambda exchange: exchange.answer())
    client = HttpClient(server.origin, PLAIN)
    client.use_basic("zoé", "clé:1")

    client.read("GET", "/")

    assert server.seen[0].headers["authorization"] == "Basic em/DqTpjbMOpOjE="


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\x00b", "a\x1bb", "a\x85b"])
def test_control_characters_never_reach_a_header(serve, value: str) -> None:
    """A header value with a control character is refused before a connection is made."""
    server = serve(lambda exchange: exchange.answer())

    with pytest.raises(Unreachable) as caught:
        signed(server.origin).write("POST", "/", headers={"If-Match": value})

    assert server.seen == []
    assert value not in str(caught.value)


@pytest.mark.parametrize("key", ["", "a\nb", "clé", "a\x00"])
def test_a_key_that_no_server_has_is_refused_unread(key: str) -> None:
    """An empty key or one outside printable ASCII is refused without echoing it."""
    client = HttpClient("https://tickets.example")

    with pytest.raises(AuthRequired) as caught:
        client.use_header("X-Key", key)

    assert not key or key not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://tickets.example/",
        "ftp://tickets.example/",
        "https://user:canary@tickets.example/",
        "https://tickets.example/?key=canary",
        "https://tickets.example:port/",
        "tickets.example",
        "",
    ],
)
def test_an_address_that_would_leak_or_lead_nowhere_is_refused(url: str) -> None:
    """Only https, without user, query or fragment; the address isn't echoed."""
    with pytest.raises(Unreachable) as caught:
        HttpClient(url, PLAIN)

    assert "canary" not in str(caught.value)


def test_plain_http_on_loopback_must_be_asked_for() -> None:
    """http to this machine needs the option, and is told which; elsewhere the option changes nothing."""
    with pytest.raises(Unreachable, match="http_on_loopback=yes"):
        HttpClient("http://127.0.0.1:1/")
    with pytest.raises(Unreachable, match=r"tickets.example must be reached by https\.$"):
        HttpClient("http://tickets.example/", PLAIN)


def test_the_environment_changes_nothing(serve, tmp_path: Path) -> None:
    """Proxies and netrc of the environment are not looked at."""
    server = serve(lambda exchange: exchange.answer())
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login thief password stolen\n")
    proxy = "http://127.0.0.1:9/"

    said = in_child(
        f"HttpClient({server.origin!r}, HttpOptions(http_on_loopback=True)).read('GET', '/').status",
        NETRC=str(tmp_path / "netrc"),
        HTTP_PROXY=proxy,
        http_proxy=proxy,
        ALL_PROXY=proxy,
    )

    assert said == "200"
    assert "authorization" not in server.seen[0].headers


def in_child(expression: str, **environment: str) -> str:
    """What ``expression`` gives, or raises, in a process with this environment."""
    code = f"""
from pathlib import Path
from spirou_cli.adapters import AdapterError
from spirou_cli.adapters.http import HttpClient, HttpOptions
try:
    print({expression}, end="")
except AdapterError as error:
    print(f"{{type(error).__name__}}: {{error}}", end="")
"""
    path = os.pathsep.join(sys.path)
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": path, "PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout


def test_reads_share_a_connection_and_writes_open_their_own(serve) -> None:
    """Reads keep the connection; a write never meets an idle one."""
    server = serve(lambda exchange: exchange.answer(200, b"{}"))
    client = signed(server.origin)

    client.read("GET", "/1")
    client.read("GET", "/2")
    client.write("POST", "/3")
    client.write("POST", "/4")

    peers = [request.peer for request in server.seen]
    assert peers[0] == peers[1]
    assert len(set(peers)) == 3


def test_a_read_survives_an_idle_connection_closed_by_the_server(serve) -> None:
    """A kept connection that dies when used again is replaced once."""

    def closes_after_one(exchange) -> None:
        exchange.answer(200, b"{}")
        # no Connection: close was announced
        exchange.connection.shutdown(socket.SHUT_RD)

    server = serve(closes_after_one)
    client = signed(server.origin)

    assert [client.read("GET", "/").status for _ in range(3)] == [200, 200, 200]


def test_cookies_are_not_kept(serve) -> None:
    """A cookie set by one answer isn't sent with the next request."""
    server = serve(lambda exchange: exchange.answer(200, Set_Cookie="id=1; Path=/", WWW_Authenticate="\x07?"))
    client = signed(server.origin)

    client.read("GET", "/")
    client.read("GET", "/")

    assert "cookie" not in server.seen[1].headers


def test_the_core_is_asked_before_each_exchange(serve) -> None:
    """What ``before`` raises stops the request before anything leaves."""

    def refuse() -> None:
        raise AssertionError("a transaction is open")

    server = serve(lambda exchange: exchange.answer())

    with pytest.raises(AssertionError):
        HttpClient(server.origin, HttpOptions(http_on_loopback=True, before=refuse)).write("POST", "/")

    assert server.seen == []


# --- redirects (T-REDIR, NET12-NET14) ------------------------------------------------------------

REDIRECTS = (301, 302, 303, 307, 308)


@pytest.mark.parametrize("status", REDIRECTS)
def test_a_write_follows_no_redirect(serve, status: int) -> None:
    """A redirected write is uncertain, and nothing is sent to the new place."""
    server = serve(lambda exchange: exchange.answer(status, Location="/elsewhere"))

    with pytest.raises(Uncertain):
        signed(server.origin).write("POST", "/issues.json", json={})

    assert [request.path for request in server.seen] == ["/issues.json"]


@pytest.mark.parametrize("status", REDIRECTS)
@pytest.mark.parametrize(
    "place", ["{other}/", "//{other_host}/", "http://[::1]:9/", "https:", "\x85", "gopher://x/"]
)
def test_a_read_never_follows_to_another_origin(serve, status: int, place: str) -> None:
    """The other server sees no request, and the message names no more than its host."""
    other = serve(lambda exchange: exchange.answer())
    place = place.format(other=other.origin, other_host=other.origin.removeprefix("http://"))
    server = serve(lambda exchange: exchange.answer(status, Location=place.encode().decode("latin-1")))

    with pytest.raises(AdapterError) as caught:
        signed(server.origin).read("GET", "/issues.json")

    assert isinstance(caught.value, ProtocolError | NotFound)
    assert other.seen == []


def test_a_read_follows_three_redirects_inside_its_origin(serve) -> None:
    """Three hops are followed with the same method and key, the fourth is an error."""

    def count_down(exchange) -> None:
        left = int(exchange.path.strip("/"))
        if left:
            exchange.answer(302, Location=f"/{left - 1}")
        else:
            exchange.answer(200, b"there")

    server = serve(count_down)
    client = signed(server.origin)

    assert client.read("PROPFIND", "/3").text == "there"
    assert {(r.method, r.headers["x-key"]) for r in server.seen} == {("PROPFIND", "canary-4711")}
    with pytest.raises(ProtocolError):
        client.read("GET", "/4")


def test_an_address_of_another_origin_is_refused() -> None:
    """A next page elsewhere is a protocol error on a read, and certainly not sent on a write."""
    client = signed("https://tickets.example/")

    with pytest.raises(ProtocolError, match="evil"):
        client.read("GET", "https://evil/steal")
    with pytest.raises(Unreachable, match="evil"):
        client.write("POST", "//evil/steal")
    with pytest.raises(ProtocolError):
        client.read("GET", "https://tickets.example:444/")


# --- outcomes (the table of section 4.3) ---------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "on_write", "on_read"),
    [
        *[(status, AuthRequired, AuthRequired) for status in (401, 403, 407)],
        *[(status, NotFound, NotFound) for status in (404, 410)],
        *[(status, Rejected, Rejected) for status in (400, 402, 405, 409, 412, 413, 415, 418, 422, 451)],
        *[(status, RateLimited, RateLimited) for status in (425, 429)],
        *[(status, Uncertain, Unreachable) for status in (408, 500, 502, 504, 520, 524)],
        (503, Uncertain, RateLimited),
        *[(status, Uncertain, ProtocolError) for status in (300, 304, 399)],
        *[(status, Uncertain, Unreachable) for status in (600, 999)],
    ],
)
def test_every_status_has_its_error(serve, status: int, on_write: type, on_read: type) -> None:
    """Each status is exactly one of the contract's errors, on a write and on a read."""
    server = serve(lambda exchange: exchange.answer(status, Retry_After="7"))
    client = signed(server.origin)

    with pytest.raises(AdapterError) as wrote:
        client.write("POST", "/")
    with pytest.raises(AdapterError) as read:
        client.read("GET", "/")

    assert (type_of(wrote.value), type_of(read.value)) == (on_write, on_read)
    assert "canary" not in f"{wrote.value} {read.value}"


def test_an_adapter_sees_the_status_it_accepts(serve) -> None:
    """A status in ``accept`` comes back with its body, on writes and reads."""
    server = serve(lambda exchange: exchange.answer(422, b'{"errors": ["Subject cannot be blank"]}'))
    client = signed(server.origin)

    wrote = client.write("POST", "/", json={}, accept={422})
    read = client.read("GET", "/", accept={422})

    assert (wrote.status, read.status) == (422, 422)
    assert wrote.json() == {"errors": ["Subject cannot be blank"]}


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("7", 7),
        ("0", 1),
        ("-1", 1),
        ("1000000000", 3600),
        ("9" * 5000, 3600),
        ("Mon, 23 Nov 2026 12:01:00 GMT", 60),
        ("Mon, 23 Nov 2015 12:01:00 GMT", 1),
        ("Mon, 23 Nov 2999 12:01:00 GMT", 3600),
        ("²", None),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_clamped(said: str, seconds: int | None) -> None:
    """Between a second and an hour, whatever the server says."""
    assert retry_after({"Retry-After": said}, NOON) == seconds


def test_retry_after_trusts_the_servers_own_clock() -> None:
    """A date is compared with the Date of the same answer when there is one."""
    headers = {"Retry-After": "Sat, 01 Jan 2000 00:02:00 GMT", "Date": "Sat, 01 Jan 2000 00:00:00 GMT"}

    assert retry_after(headers, NOON) == 120


def test_refusals_say_who() -> None:
    """The words of a refusal name the server."""
    assert (
        str(refusal(422, "tickets.example", write=True, wait_s=None)) == "tickets.example refused it (422)."
    )


def closed_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def test_what_certainly_was_not_sent_is_unreachable() -> None:
    """No listener, no such name: a write is safe to repeat."""
    with pytest.raises(Unreachable, match="nothing listens there"):
        signed(f"http://127.0.0.1:{closed_port()}").write("POST", "/")
    with pytest.raises(Unreachable):
        signed("https://no-such-name.invalid/").write("POST", "/")


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(lambda exchange: exchange.hang_up(), id="cut before a byte"),
        pytest.param(lambda exchange: exchange.raw(b"HTTP/1.1 2"), id="cut in the status"),
        pytest.param(
            lambda exchange: exchange.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"), id="short body"
        ),
        pytest.param(
            lambda exchange: exchange.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"),
            id="short chunk",
        ),
        pytest.param(lambda exchange: exchange.raw(b"SSH-2.0-OpenSSH\r\n"), id="another protocol"),
        pytest.param(
            lambda exchange: exchange.raw(b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 10**6 + b"\r\n"),
            id="a million headers",
        ),
        pytest.param(
            lambda exchange: exchange.raw(b"HTTP/1.1 200 OK\r\nX: " + b"1" * 10**6 + b"\r\n\r\n"),
            id="a huge header",
        ),
    ],
)
def test_an_answer_lost_on_the_way_is_uncertain(serve, script) -> None:
    """Once the first byte left, a write may have happened; a read can be done again."""
    server = serve(script)
    client = signed(server.origin)

    with pytest.raises(Uncertain):
        client.write("POST", "/")
    with pytest.raises(Unreachable):
        client.read("GET", "/")

    assert [request.method for request in server.seen].count("POST") == 1


# --- deadlines and caps (T-DRIP, T-BOMB, NET15) --------------------------------------------------


def drip(prefix: bytes, unit: bytes) -> Callable[..., None]:
    def script(exchange) -> None:
        exchange.raw(prefix)
        while not exchange.loopback.ended.wait(0.05):
            exchange.raw(unit)

    return script


HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(drip(b"", b"H"), id="status line"),
        pytest.param(drip(HEAD, b"X"), id="header"),
        pytest.param(drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), id="endless 100"),
        pytest.param(drip(HEAD + b"Content-Length: 1000000\r\n\r\n", b"x"), id="body"),
        pytest.param(drip(HEAD + b"Connection: close\r\n\r\n", b"x"), id="body without length"),
        pytest.param(drip(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"), id="chunks"),
        pytest.param(drip(HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: 1\r\n"), id="trailers"),
    ],
)
def test_a_dripping_server_is_cut_at_the_deadline(serve, script) -> None:
    """A byte now and then keeps no exchange alive past its total deadline."""
    client = signed(serve(script).origin, QUICK)

    with pytest.raises(Uncertain, match=r"longer than 0\.5 s"):
        client.write("POST", "/")
    with pytest.raises(Unreachable, match=r"longer than 0\.5 s"):
        client.read("GET", "/")


def test_a_dripping_server_is_cut_under_tls(serve, authority, ca_file) -> None:
    """The deadline holds inside TLS too."""
    server = serve(drip(HEAD + b"Connection: close\r\n\r\n", b"x"), authority.issue_cert("127.0.0.1"))

    with pytest.raises(Uncertain, match="longer than"):
        signed(server.origin, HttpOptions(ca_file=ca_file, deadline_s=0.5)).write("POST", "/")


def test_nothing_is_sent_after_the_deadline() -> None:
    """When connecting took the whole deadline, the request isn't sent late."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        got = []

        def handshake_too_late() -> None:
            peer, _ = listener.accept()
            with peer:
                peer.settimeout(5)
                got.append(peer.recv(65536))
                got.append(peer.recv(65536))

        thread = threading.Thread(target=handshake_too_late)
        thread.start()
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"

        with pytest.raises(Unreachable):
            signed(url, HttpOptions(deadline_s=0.3)).write("POST", "/")

        thread.join()
    assert got[1] == b""


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip"])
def test_a_compression_bomb_stops_at_the_cap(serve, encoding: str) -> None:
    """200 KB that become 200 MB are read no further than 8 MiB."""
    bomb = gzip.compress(bytes(200 * 1024 * 1024), 9)
    server = serve(lambda exchange: exchange.answer(200, bomb, Content_Encoding=encoding))
    client = signed(server.origin)

    tracemalloc.start()
    with pytest.raises(ProtocolError, match="more than may be read"):
        client.read("GET", "/")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 40 * 1024 * 1024
    with pytest.raises(Uncertain):
        client.write("POST", "/")


def test_an_endless_body_stops_at_the_cap(serve) -> None:
    """A body without end is left at the cap, well before the deadline."""

    def endless(exchange) -> None:
        exchange.raw(HEAD + b"Connection: close\r\n\r\n")
        while not exchange.loopback.ended.is_set():
            exchange.raw(b"x" * 65536)

    with pytest.raises(ProtocolError, match="more than may be read"):
        signed(serve(endless).origin).read("GET", "/")


def test_a_million_headers_are_left_unread(serve) -> None:
    """An answer that is all head is unsure for a write and an error for a reading, in little memory."""

    def heads(exchange) -> None:
        exchange.raw(HEAD + b"X: y\r\n" * 1_000_000 + b"\r\n")

    client = signed(serve(heads).origin)

    tracemalloc.start()
    with pytest.raises(Uncertain):
        client.write("POST", "/")
    with pytest.raises((ProtocolError, Unreachable)):
        client.read("GET", "/")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 40 * 1024 * 1024


def test_a_redirect_with_a_bomb_is_not_read(serve) -> None:
    """The body of a redirect isn't read at all."""
    bomb = gzip.compress(bytes(200 * 1024 * 1024), 9)
    server = serve(lambda exchange: exchange.answer(302, bomb, Content_Encoding="gzip", Location="/x"))

    tracemalloc.start()
    with pytest.raises(Uncertain):
        signed(server.origin).write("POST", "/")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 20 * 1024 * 1024


def test_compressed_answers_are_read(serve) -> None:
    """Gzip is decoded, in several members too; exactly one piece long as well."""
    for size in (0, 1, 65536, 65537, 300_000):
        content = bytes(i % 251 for i in range(size))
        packed = gzip.compress(content[: size // 2]) + gzip.compress(content[size // 2 :])
        server = serve(lambda exchange, packed=packed: exchange.answer(200, packed, Content_Encoding="gzip"))

        assert signed(server.origin).read("GET", "/").body == content


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("br", b"x"),
        ("gzip, gzip", gzip.compress(gzip.compress(b"x"))),
        ("gzip", b"plain"),
        ("gzip", gzip.compress(b"x")[:-4]),
    ],
    ids=["brotli", "twice", "not at all", "cut"],  # what gzip makes holds the time, and a name may not
)
def test_other_compressions_are_refused(serve, encoding: str, body: bytes) -> None:
    """What wasn't asked for, or is broken, is a protocol error; on a write it is uncertain."""
    server = serve(lambda exchange: exchange.answer(200, body, Content_Encoding=encoding))
    client = signed(server.origin)

    with pytest.raises(ProtocolError):
        client.read("GET", "/")
    with pytest.raises(Uncertain):
        client.write("POST", "/")


# --- trust (NET18) -------------------------------------------------------------------------------


BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")


def test_a_private_authority_is_trusted_by_its_file(serve, authority, ca_file, tmp_path) -> None:
    """The account's own file decides; bundles named in the environment don't override it."""
    server = serve(lambda exchange: exchange.answer(200, b"{}"), authority.issue_cert("127.0.0.1"))
    elsewhere = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(elsewhere))
    options = f"HttpOptions(ca_file=Path({str(ca_file)!r}))"

    said = in_child(
        f"HttpClient({server.origin!r}, {options}).write('POST', '/').status",
        **dict.fromkeys(BUNDLES, str(elsewhere)),
    )

    assert said == "200"


def test_an_authority_named_by_the_environment_is_not_trusted(serve, authority, ca_file) -> None:
    """REQUESTS_CA_BUNDLE doesn't make a certificate trusted."""
    server = serve(lambda exchange: exchange.answer(), authority.issue_cert("127.0.0.1"))

    said = in_child(
        f"HttpClient({server.origin!r}, HttpOptions()).read('GET', '/')",
        **dict.fromkeys(BUNDLES, str(ca_file)),
    )

    assert said.startswith("Unreachable: 127.0.0.1 can't be reached: its certificate is not trusted")
    assert server.seen == []


def test_untrusted_certificates_are_refused_and_named(serve, authority, ca_file) -> None:
    """Self-signed, expired, wrong host: refused before a byte is sent, each with its reason."""
    expired = authority.issue_cert("127.0.0.1", not_after=datetime(2020, 1, 1, tzinfo=UTC))
    cases = [
        (authority.issue_cert("other.example"), HttpOptions(ca_file=ca_file), "IP address mismatch"),
        (authority.issue_cert("127.0.0.1"), HttpOptions(), "unable to get local issuer|self-signed"),
        (expired, HttpOptions(ca_file=ca_file), "expired"),
    ]
    for certificate, options, reason in cases:
        server = serve(lambda exchange: exchange.answer(), certificate)

        with pytest.raises(Unreachable, match=reason):
            signed(server.origin, options).write("POST", "/")

        assert server.seen == []


def test_a_missing_certificate_file_is_named(tmp_path: Path) -> None:
    """A wrong path is the message, not a stack of libraries."""
    with pytest.raises(Unreachable, match=r"no\.pem isn't there"):
        signed("https://127.0.0.1:9", HttpOptions(ca_file=tmp_path / "no.pem")).read("GET", "/")


def test_a_proxy_of_another_kind_is_not_passed_over() -> None:
    """A SOCKS proxy is refused: going around it in silence would be worse."""
    with pytest.raises(Unreachable, match="http://"):
        HttpClient("https://tickets.example", HttpOptions(proxy="socks5://proxy.example:1080"))


def test_a_refusing_proxy_means_not_sent(serve) -> None:
    """A proxy that won't connect leaves a write certainly unsent."""
    proxy = serve(lambda exchange: exchange.answer(403))

    with pytest.raises(Unreachable):
        signed("https://tickets.example", HttpOptions(proxy=proxy.origin)).write("POST", "/")

    assert [(r.method, r.path, r.headers.get("x-key")) for r in proxy.seen] == [
        ("CONNECT", "tickets.example:443", None)
    ]


def test_a_dripping_proxy_is_cut_before_anything_is_sent(serve) -> None:
    """The deadline holds while a tunnel is made; the request never left."""
    proxy = serve(drip(HEAD, b"X"))

    with pytest.raises(Unreachable, match="longer than"):
        signed("https://tickets.example", HttpOptions(proxy=proxy.origin, deadline_s=0.5)).write("POST", "/")


# --- attachments (R43) ---------------------------------------------------------------------------


def streamed(client: HttpClient, url: str, **more: int) -> bytes:
    got = io.BytesIO()
    client.stream(url, got.write, **more)
    return got.getvalue()


def test_an_attachment_of_the_origin_is_streamed_with_the_key(serve) -> None:
    """The account's own files need the key."""
    content = bytes(range(256)) * 1000
    server = serve(lambda exchange: exchange.answer(200, content))

    assert streamed(signed(server.origin), server.origin + "/attachments/1") == content
    assert server.seen[0].headers["x-key"] == "canary-4711"


def test_an_attachment_stops_at_its_cap(serve) -> None:
    """More than the cap is an error, and no more than the cap was handed on."""
    server = serve(lambda exchange: exchange.answer(200, bytes(1000)))

    with pytest.raises(ProtocolError):
        streamed(signed(server.origin), "/1", cap=999)


def test_an_attachment_of_an_allowed_origin_comes_without_the_key(serve, authority, ca_file) -> None:
    """A store of files elsewhere is read over https without the key, when the account allows it."""
    store = serve(lambda exchange: exchange.answer(200, b"plan"), authority.issue_cert("127.0.0.1"))
    server = serve(lambda exchange: exchange.answer(302, Location=store.origin + "/plan.pdf?sig=1"))
    options = HttpOptions(http_on_loopback=True, allowed_origins=frozenset({store.origin}))

    # the store's certificate is private: what matters here is that the client went there
    with pytest.raises(Unreachable, match="certificate is not trusted"):
        streamed(signed(server.origin, options), "/attachments/1")

    with pytest.raises(ProtocolError, match="not followed"):
        streamed(signed(server.origin), "/attachments/1")


def test_an_allowed_origin_leads_into_no_private_network(serve, authority, ca_file) -> None:
    """A name elsewhere that resolves to this machine or its network is left before a byte is sent."""
    store = serve(lambda exchange: exchange.answer(200, b"secret"), authority.issue_cert("127.0.0.1"))
    with transport.Exchange(5) as exchange, closing(transport.Connections()) as connections:
        exchange.public_only = True

        with pytest.raises(transport.FAILURES) as caught:
            transport.send(
                connections,
                "GET",
                store.origin,
                params=None,
                headers={},
                body=None,
                auth=None,
                verify=str(ca_file),
                proxy=None,
                deadline_s=5,
            )

    assert transport.reason_of(caught.value) == "its name leads into a private network"
    assert (exchange.sent, store.seen) == (False, [])


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "::1", "10.1.2.3", "192.168.0.9", "169.254.169.254", "fe80::1"]
)
def test_private_addresses_are_known(host: str) -> None:
    """Loopback, private and link-local addresses, the cloud's own data address among them."""
    assert transport.is_private(host)


def test_a_public_address_is_not_private() -> None:
    """An address of the public internet, and a name that leads nowhere, are not private."""
    assert not transport.is_private("1.1.1.1")
    assert not transport.is_private("no-such-name.invalid")


def test_an_error_of_the_writer_is_its_own(serve) -> None:
    """A full disk while saving isn't taken for a failure of the network."""
    server = serve(lambda exchange: exchange.answer(200, b"x"))

    def full(piece: bytes) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        signed(server.origin).stream("/1", full)


# --- answers (NET02-NET09) -----------------------------------------------------------------------


def test_an_answer_that_is_no_json_says_how_it_begins() -> None:
    """A captive portal is recognised by its first words."""
    page = Response(200, {}, b"<html>\x1b[31mlogin</html>", "https://tickets.example/")

    with pytest.raises(ProtocolError, match=r"begins with: <html> \[31mlogin</html>$"):
        page.json()


def test_a_call_leaves_no_thread_behind(serve) -> None:
    """The deadline's timer ends with the call."""
    server = serve(lambda exchange: exchange.answer())
    client = signed(server.origin)
    client.read("GET", "/")

    deadline = time.monotonic() + 5
    while any(isinstance(t, threading.Timer) for t in threading.enumerate()):
        assert time.monotonic() < deadline
