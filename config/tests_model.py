"""How files say what a value must be like: words, domains, or a range of numbers."""

from __future__ import annotations

from pydantic import model_validator

from config.checked import Checked
from config.vocabulary import Lists, Points, Text, Texts
from scoring.definitions.kinds import Between, Domains, Test, Words


class TestModel(Checked):
    """Words, domains (written or from a list), or a range of numbers: exactly one way to tell."""

    words: Texts | None = None
    """One of these whole words or phrases stands in it; `*` stands for any characters."""
    domains: Texts | None = None
    """It is one of these mail domains or below one."""
    lists: Texts | None = None
    """It is on one of these lists of mail domains."""
    at_least: float | None = None
    """The number is this or more."""
    below: float | None = None
    """The number is less than this."""

    @model_validator(mode="after")
    def _one_way(self) -> TestModel:
        ways = [
            self.words is not None,
            self.domains is not None or self.lists is not None,
            self.at_least is not None or self.below is not None,
        ]
        if sum(ways) > 1:
            raise ValueError("tells in two ways; keep one of words, domains or lists, at_least and below")
        if self.at_least is not None and self.below is not None and self.at_least >= self.below:
            raise ValueError("lets no number pass; `at_least` must be less than `below`")
        return self

    def is_told(self) -> bool:
        """This tells whether any test is written."""
        told = (self.words, self.domains, self.lists, self.at_least, self.below)
        return any(one is not None for one in told)

    def test(self, lists: Lists) -> Test:
        if self.words is not None:
            return Words(self.words)
        if self.domains is not None or self.lists is not None:
            found = tuple(lists[name] for name in self.lists or () if name in lists)
            return Domains(self.domains or (), found)
        return Between(self.at_least, self.below)


class BandModel(TestModel):
    """What a value is worth."""

    label: Text
    """How people call such a value."""
    points: Points
    """What it is worth."""

    @model_validator(mode="after")
    def _tested(self) -> BandModel:
        if not self.is_told():
            raise ValueError("tells nothing; add words, domains, lists, at_least or below")
        return self
