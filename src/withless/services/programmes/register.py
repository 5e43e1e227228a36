"""The numbers of the service that no table gives: assumptions.toml beside this file."""

from __future__ import annotations

from pathlib import Path

from ...assumptions import Register

REGISTER = Register.load(Path(__file__).with_name("assumptions.toml"))
"""Every assumption of the programmes service."""

MIDDLE_DEPTH = (REGISTER.items["programmes.depth"].low + REGISTER.items["programmes.depth"].high) / 2
"""What somebody who must decide goes by for how far more time does more."""
