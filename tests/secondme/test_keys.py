"""Every key of the document, byte for byte, written by using the app."""

from typing import Any

import pytest
from tests.secondme.running import ADA, Me, incoming, told


@pytest.mark.req("SM-01", "SM-03", "SM-04", "SM-06", "SM-07", "SM-08", "C-55", "C-56")
async def test_the_keys_are_those_of_the_document(me: Me) -> None:
    redis_prefix = me.redis.keys.prefix
    ada = await me.enabled(ADA)
    await me.write(ADA, "hello")
    await me.come_to("ANSWERED", "hello")
    await me.post(f"/api/contacts/{ada}/pause")
    await me.post("/api/switch/stop")
    await me.post("/api/contacts", 201, json={"number": "+4915119999999"})
    await me.hook(told(me.phone.id, {"messages": [incoming(ADA, "x")]}))
    client: Any = me.redis.state
    kinds = {
        "SESSION:user-1": b"hash",
        f"PAUSE:{ada}": b"string",
        "PAUSE:ALL": b"string",
        f"COUNTER:{ada}:msgs": b"string",
        "CACHE:persona:professional": b"string",
        "QUEUE:messages": b"stream",
        "ENABLED:epoch": b"string",
    }
    for key, kind in kinds.items():
        assert await client.type(f"{redis_prefix}{key}") == kind, key
    lives = {key: await client.ttl(f"{redis_prefix}{key}") for key in kinds}
    assert 86_000 < lives["SESSION:user-1"] <= 86_400
    assert 3_500 < lives[f"PAUSE:{ada}"] <= 3_600
    assert lives["PAUSE:ALL"] == -1
    assert 0 < lives[f"COUNTER:{ada}:msgs"] <= 60
    assert 1_600 < lives["CACHE:persona:professional"] <= 1_980
    assert await client.get(f"{redis_prefix}COUNTER:{ada}:msgs") == b"1"
    assert len(await client.get(f"{redis_prefix}PAUSE:ALL")) == 13
    persona = await client.get(f"{redis_prefix}CACHE:persona:professional")
    assert persona.startswith(b'{"styleGuide":')
