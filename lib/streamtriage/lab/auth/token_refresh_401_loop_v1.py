"""The fault `token-refresh-401-loop-v1`."""

from __future__ import annotations

from streamtriage.lab.asgi import on_get
from streamtriage.lab.challenges import LAB_VARIABLE, answer_401
from streamtriage.lab.scenario import Setup, fault
from streamtriage.model import Intake

__all__ = ["token_refresh_401_loop_v1"]


@fault
def token_refresh_401_loop_v1() -> Setup:
    """GET is answered 401 with the credential that POST accepts.

    A server that knows one kind of token by POST and another by GET (rustango#1314).
    """
    return Setup(
        wrap=on_get(answer_401),
        environ={LAB_VARIABLE: "lab-token"},
        intake=Intake(auth_env=LAB_VARIABLE),
    )
