"""What works without any model: templates and hashed n-grams."""

from __future__ import annotations

import numpy as np
import pytest

import hutch.testing
from hutch import Module
from kit.ai import (
    Embedder,
    NgramEmbedder,
    OpenAiEmbedder,
    OpenAiWriter,
    Task,
    TemplateWriter,
    Writer,
    ai_module,
    embed_singly,
)
from kit.platforms import FailPermanent

TASK = Task("post", "Write.", ("$name is here.", "Meet $name!", "New: $name"))


@pytest.fixture
def ngrams() -> NgramEmbedder:
    return NgramEmbedder()


async def alike(embedder: Embedder, one: str, other: str) -> float:
    a, b = await embedder.embed([one, other])
    return float(a @ b)


async def test_the_same_facts_choose_the_same_template():
    writer = TemplateWriter()

    texts = {(await writer.write(TASK, {"name": f"lamp {n}"})).text for n in range(30)}
    again = {(await writer.write(TASK, {"name": f"lamp {n}"})).text for n in range(30)}

    assert texts == again
    assert len(texts) == 30
    assert {text[:4] for text in texts} == {"lamp", "Meet", "New:"}


async def test_facts_are_no_templates():
    written = await TemplateWriter().write(Task("t", "", ("$name",)), {"name": "$secret ${x}"})

    assert (written.text, written.model) == ("$secret ${x}", "templates")


async def test_a_missing_fact_is_named():
    with pytest.raises(FailPermanent, match=r"'t' needs the fact 'name'; given are: other\."):
        await TemplateWriter().write(Task("t", "", ("$name",)), {"other": "x"})


def test_a_task_needs_a_template():
    with pytest.raises(ValueError, match="'t' needs a template"):
        Task("t", "Write.", ())
    with pytest.raises(ValueError, match=r"'t' has a \$ that begins no fact: write \$\$"):
        Task("t", "Write.", ("for $ 5",))


async def test_near_duplicates_are_near_and_others_far(ngrams: NgramEmbedder):
    text = "Our new linen jacket is here, light and cool for summer evenings"

    assert await alike(ngrams, text, text) == pytest.approx(1)
    assert await alike(ngrams, text, text.upper() + "!!") == pytest.approx(1)
    assert await alike(ngrams, text, text.replace("cool", "airy")) > 0.8
    assert await alike(ngrams, text, "How to repair a bicycle chain in ten minutes") < 0.3


async def test_other_scripts_have_vectors(ngrams: NgramEmbedder):
    assert await alike(ngrams, "夏の新しい麻のジャケット", "夏の新しい麻のシャツ") > 0.3


async def test_a_vector_is_the_same_on_every_machine():
    [made] = await NgramEmbedder(16).embed(["lamp"])

    assert made.dtype == np.float32
    squares = made * np.abs(made) * 6
    assert np.round(squares, 3).tolist() == [-1, 0, 0, -2, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, -1, 0]


async def test_dimensions_are_part_of_the_model():
    small, large = (NgramEmbedder(n) for n in (16, 64))

    assert (small.model, large.model) == ("ngrams-1-16", "ngrams-1-64")
    assert (await large.embed(["lamp"]))[0].shape == (64,)


async def test_what_has_no_vector_is_named(ngrams: NgramEmbedder):
    with pytest.raises(FailPermanent, match="Text 0 of 1 is empty"):
        await ngrams.embed([""])
    with pytest.raises(FailPermanent, match="Text 1 has neither letters nor digits"):
        await ngrams.embed(["lamp", "!!!"])

    made = await embed_singly(ngrams, ["lamp", "!!!", "light"])
    assert [isinstance(one, FailPermanent) for one in made] == [False, True, False]


async def test_nothing_has_no_vectors(ngrams: NgramEmbedder):
    assert await ngrams.embed([]) == []


async def test_the_module_needs_no_model_by_default():
    ai = ai_module()

    async with hutch.testing.testing(Module("app", imports=[ai], exports=[ai])) as t:
        assert isinstance(t.get(Writer), TemplateWriter)
        assert isinstance(t.get(Embedder), NgramEmbedder)


async def test_a_setting_chooses_the_server(models, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HUTCH_AI__WRITER", "openai")
    monkeypatch.setenv("HUTCH_AI__EMBEDDER", "openai")
    monkeypatch.setenv("HUTCH_AI__BASE_URL", models.url)
    monkeypatch.setenv("HUTCH_AI__API_KEY", "key")
    monkeypatch.setenv("HUTCH_AI__CHAT_MODEL", "sandbox-chat")
    ai = ai_module()

    async with hutch.testing.testing(Module("app", imports=[ai], exports=[ai])) as t:
        assert isinstance(t.get(Embedder), OpenAiEmbedder)
        writer = t.get(Writer)
        assert isinstance(writer, OpenAiWriter)
        assert (await writer.write(TASK, {"name": "x"})).model == "sandbox-chat"
