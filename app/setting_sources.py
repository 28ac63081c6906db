"""Sources of settings besides the environment: secrets in files; and unknown names."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, get_args

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, DotEnvSettingsSource, PydanticBaseSettingsSource

from app.setting_errors import nearest
from app.storage_settings import PREFIX
from domain.errors import InvalidSettings
from domain.translation.messages import gettext

FILE: Final = "_FILE"
"""After the name of a secret setting: the file that holds it, as Docker and Kubernetes mount it."""
MAX_SECRET_BYTES: Final = 65_536


def is_secret(field: FieldInfo) -> bool:
    """Whether a setting is a secret."""
    return SecretStr in (field.annotation, *get_args(field.annotation))


class SecretFiles(PydanticBaseSettingsSource):
    """Reads secrets from files: ``LIMNER_DISCORD_TOKEN_FILE=/run/secrets/discord_token``."""

    def __init__(self, settings: type[BaseSettings], dotenv: Mapping[str, str | None]) -> None:
        super().__init__(settings)
        self._named = {**_upper(dotenv), **_upper(os.environ)}

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The text of the file that is named for a secret; None where none is."""
        variable = f"{PREFIX}{field_name.upper()}"
        path = self._named.get(variable + FILE) if is_secret(field) else None
        if not path:
            return None, field_name, False
        if self._named.get(variable):
            raise InvalidSettings(
                gettext(
                    "Set {variable} or {variable}{file}, not both.", variable=variable, file=FILE
                )
            )
        return _read(Path(path), variable + FILE), field_name, False

    def __call__(self) -> dict[str, Any]:
        """All secrets that files hold."""
        found = {
            name: self.get_field_value(field, name)[0]
            for name, field in self.settings_cls.model_fields.items()
        }
        return {name: value for name, value in found.items() if value is not None}


def _read(path: Path, variable: str) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_SECRET_BYTES + 1)
        text = data.decode()
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise InvalidSettings(
            gettext(
                "The file that {variable} names can't be read ({why}).", variable=variable, why=why
            )
        ) from error
    except UnicodeDecodeError as error:
        raise InvalidSettings(
            gettext("The file that {variable} names isn't text.", variable=variable)
        ) from error
    if len(data) > MAX_SECRET_BYTES or not text.strip():
        raise InvalidSettings(
            gettext("The file that {variable} names is empty or too large.", variable=variable)
        )
    return text.strip()


def unknown_settings(settings: type[BaseSettings]) -> list[str]:
    """Sentences about names in the environment and in ``.env`` that look like settings and are
    none, with what was probably meant."""
    fields = settings.model_fields
    known = {PREFIX + name.upper() for name in fields}
    files = {PREFIX + n.upper() + FILE for n, field in fields.items() if is_secret(field)}
    places = {
        "": {name for name in _upper(os.environ) if name.startswith(PREFIX)},
        " in .env": _upper(DotEnvSettingsSource(settings).env_vars).keys(),
    }
    return [
        sentence
        for place, names in places.items()
        for name in sorted(names - known - files)
        if (sentence := _sentence(name, place, known | files))
    ]


def _sentence(name: str, place: str, known: Iterable[str]) -> str:
    """The complaint about a name that is no setting; nothing for one that is another program's."""
    listed = [*known]
    if name.startswith(PREFIX):
        meant = nearest(name, listed)
    elif PREFIX + name in listed:
        meant = PREFIX + name
    elif (near := nearest(name, listed)) and len(near) == len(name):
        meant = near  # such as LIMMER_DISCORD_TOKEN
    else:
        return ""
    return f"There is no setting {name}{place}" + (f"; did you mean {meant}?" if meant else ".")


def _upper(names: Mapping[str, str | None]) -> dict[str, str]:
    return {name.upper(): value for name, value in names.items() if value is not None}
