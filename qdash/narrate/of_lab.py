"""What a person did to the lab, and what befell it, as sentences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from qdash import events as ev
from qdash.commands import DISTURBANCES
from qdash.events import Event
from qdash.heard import heard
from qdash.settings import SETTINGS
from qdash.state import Then
from qdash.words import say, tr, trc, trn


def _shown(name: str, value: ev.Value) -> str:
    definition = SETTINGS.get(name)
    return definition.show(value) if definition is not None else str(value)


def _setting_changed(e: ev.SettingChanged, then: Then | None) -> str:
    return say("you set {name} from {old} to {new}")(
        name=e.name, old=_shown(e.name, e.old), new=_shown(e.name, e.new)
    )


def _title(what: str) -> str:
    return tr(DISTURBANCES[what].title) if what in DISTURBANCES else what


def _injected(e: ev.Injected, then: Then | None) -> str:
    fields = {"title": _title(e.what), "target": e.target, "detail": heard(e.detail)}
    if e.target:
        text = (
            say("you: {title} ({target}): {detail}") if e.detail else say("you: {title} ({target})")
        )
    else:
        text = say("you: {title}: {detail}") if e.detail else say("you: {title}")
    return text(**fields)


def _refused(e: ev.Refused, then: Then | None) -> str:
    return say("{title} was refused: {why}")(title=_title(e.what), why=heard(e.why))


def _stuck(e: ev.Stuck, then: Then | None) -> str:
    if then is None or not then.names:
        return trn(
            "nothing can happen any more: {n} worker waits, and no timer is set",
            "nothing can happen any more: {n} workers wait, and no timer is set",
            e.waiting,
        ).format(n=e.waiting)
    return trn(
        "nothing can happen any more: {n} worker waits ({calls}), and no timer is set",
        "nothing can happen any more: {n} workers wait ({calls}), and no timer is set",
        e.waiting,
    ).format(n=e.waiting, calls=trc("list", ", ").join(map(heard, then.names)))


def _loop_error(e: ev.LoopError, then: Then | None) -> str:
    return say("the event loop reports: {error}")(error=heard(e.error))


def _ended(e: ev.Ended, then: Then | None) -> str:
    if e.how == "failed":
        return say("the run is over: main failed: {error}")(error=e.error)
    if e.how == "finished":
        return tr("the run is over: main returned")
    return tr("the run is over: main was cancelled")


SENTENCES: Final[dict[type[Event], Callable[[Any, Then | None], str]]] = {
    ev.SettingChanged: _setting_changed,
    ev.Injected: _injected,
    ev.Refused: _refused,
    ev.Stuck: _stuck,
    ev.LoopError: _loop_error,
    ev.Ended: _ended,
}
"""What is said of each type of event that befalls the lab."""
