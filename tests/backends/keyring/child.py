"""Runs inside a session of its own: does what each argument says with the keyring found there."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from spirou_cli.domain.errors import SpirouError
from spirou_cli.service.keyrings import system_keyring
from spirou_cli.service.redaction import Redactor, Secret
from spirou_cli.service.secretfile import SecretFile
from spirou_cli.service.secrets import Keep, Owner, Place, Vault

OWNER = Owner("redmine", "0192-4711", "tickets", "key")
PLACE = Place(Keep.KEYRING, "https://tickets.example:443")


def act(action: str) -> str:
    keyring = system_keyring(os.environ)
    file = SecretFile(Path(os.environ["HOME"]) / "secrets.toml")
    vault = Vault(keyring=keyring, file=file, environment=os.environ, redactor=Redactor())
    try:
        match action:
            case "keep":
                vault.keep(OWNER, Secret("canary-key-4711"), PLACE)
            case "keep-other":
                vault.keep(OWNER, Secret("another-key"), PLACE)
            case "find":
                return vault.find(OWNER, PLACE, PLACE.origin).reveal()
            case "forget":
                vault.forget(OWNER, PLACE)
            case "name":
                return keyring.name()
    except SpirouError as error:
        return str(error)
    return "ok"


sys.stdout.write(json.dumps([act(action) for action in sys.argv[1:]]) + "\n")
