"""Make vectors so that one bad text does not fail its neighbours."""

from __future__ import annotations

from collections.abc import Sequence

from kit.ai.outcomes import Misconfigured
from kit.ai.port import Embedder
from kit.platforms import FailPermanent
from kit.vectors.vector import Vector


async def embed_singly(embedder: Embedder, texts: Sequence[str]) -> list[Vector | FailPermanent]:
    """Make a vector for each text, or say why there is none.

    A batch that is refused is halved until the text that is to blame stands alone.

    Raises:
        PlatformError: What concerns every text: a limit, a server that is away, a setting.
    """
    try:
        return list(await embedder.embed(texts))
    except Misconfigured:
        raise
    except FailPermanent as refusal:
        if len(texts) == 1:
            return [refusal]
    half = len(texts) // 2
    first = await embed_singly(embedder, texts[:half])
    return first + await embed_singly(embedder, texts[half:])
