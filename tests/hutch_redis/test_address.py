import pytest

from hutch_redis.address import Address, is_host, read_url, shown


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("redis://localhost", Address("localhost", 6379, None, 0, False)),
        ("rediss://u:p%40ss@[::1]:7000/3", Address("::1", 7000, "p@ss", 3, True, "u")),
        ("redis://u%40x@host", Address("host", 6379, None, 0, False, "u@x")),
        ("redis://host/?db=2", Address("host", 6379, None, 2, False)),
        ("unix://:pw@/run/redis.sock?db=1", Address(None, None, "pw", 1, None)),
        (
            "redis+sentinel://u:p%40@a:1,[::1]:2,b/my%20service/3?sentinel_password=s%26",
            Address(
                password="p@",
                db=3,
                tls=False,
                username="u",
                sentinels=(("a", 1), ("::1", 2), ("b", 26379)),
                service="my service",
                sentinel_password="s&",
            ),
        ),
        (
            "rediss+sentinel://a/main",
            Address(db=0, tls=True, sentinels=(("a", 26379),), service="main"),
        ),
    ],
)
def test_reads_a_url(url: str, address: Address) -> None:
    assert read_url(url) == address


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:6379",
        "http://x",
        "redis://",
        "redis://:secret@h:99999",
        "redis://h/x",
        "unix://",
        "redis+sentinel://:secret@host:1",
        "redis+sentinel://:secret@host:1/",
        "redis+sentinel://:secret@/main",
        "redis+sentinel://:secret@a:x/main",
        "redis+sentinel://:secret@a,,b/main",
        "redis+sentinel://:secret@a/main/x",
    ],
)
def test_refuses_what_is_no_redis_url(url: str) -> None:
    with pytest.raises(ValueError, match="not a Redis URL; write redis://") as caught:
        read_url(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        Address(password="p:/@ss"),
        Address("::1", 7000, db=5, tls=True),
        Address("h", 1, "x", 2, False),
        Address("h", 1, "x", 2, False, "u:@"),
        Address("h", 1, None, 2, False, "u"),
    ],
)
def test_a_composed_url_reads_back(address: Address) -> None:
    read = read_url(address.url())
    assert read.password == address.password
    assert read == Address(
        address.host or "localhost",
        address.port or 6379,
        address.password,
        address.db or 0,
        bool(address.tls),
        address.username,
    )


@pytest.mark.req("SD-07")
def test_no_password_is_shown() -> None:
    assert shown("redis://user:secret@host:1/2?password=secret") == "redis://host:1/2"
    assert shown("unix://:secret@/run/x.sock") == "unix:///run/x.sock"
    assert "secret" not in repr(read_url("redis://:secret@host"))
    url = "redis+sentinel://u:secret@a:1,b:2/main/0?sentinel_password=secret"
    assert shown(url) == "redis+sentinel://a:1,b:2/main/0"
    assert "secret" not in repr(read_url(url))


@pytest.mark.parametrize("text", ["db", "db-1.example_x.com", "10.0.0.1", "::1", "fe80::1%eth0"])
def test_a_host_is_a_name_or_an_ip_address(text: str) -> None:
    assert is_host(text)


@pytest.mark.parametrize("text", ["db:6379", "[::1]", "redis://db", "user@db", "db/0", "a b"])
def test_a_host_has_no_port_or_scheme(text: str) -> None:
    assert not is_host(text)
