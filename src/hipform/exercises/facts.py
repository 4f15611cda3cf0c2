"""What all tables of an exercise file have in common: nothing unknown, and no key against another."""

from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError


class Facts(BaseModel):
    """A table of an exercise file. `problems` are (key, text) of what its keys say against each other."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    def problems(self) -> Iterator[tuple[str, str]]:
        """Nothing to object to, unless a kind of table says otherwise."""
        yield from ()

    @model_validator(mode="after")
    def _is_consistent(self) -> "Facts":
        if found := list(self.problems()):
            text = "; ".join(f"{key}: {what}" for key, what in found)
            raise PydanticCustomError("inconsistent", "{text}", {"text": text, "problems": found})
        return self
