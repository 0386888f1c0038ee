"""How channels, and who acts, are named and drawn in every chart."""

from __future__ import annotations

from collections.abc import Iterable

from duetrail_report.charts.marks import Key

_CHANNELS = {
    key.kind.removeprefix("by-"): key
    for key in (
        Key("by-call", "Calls"),
        Key("by-email", "Emails", "hatch"),
        Key("by-sms", "SMS", "dots"),
        Key("by-letter", "Letters", "lines"),
        Key("by-chat", "Chats", "hatch"),
        Key("by-portal", "Portal", "dots"),
    )
}

_AGENTS = {
    "human": Key("by-human", "Human", shape="dot"),
    "ai": Key("by-ai", "AI", shape="diamond"),
    "automation": Key("by-automation", "Automation", shape="diamond"),
}


def channel_key(channel: str) -> Key:
    """How a channel is drawn; one that is not known by its own name."""
    label = "Unknown" if channel == "unknown" else channel
    return _CHANNELS.get(channel) or Key("by-other", label)


def agent_key(agent: str) -> Key:
    """How who acts is drawn."""
    label = "Unknown" if agent == "unknown" else agent
    return _AGENTS.get(agent) or Key("by-other", label, shape="dot")


def in_order(channels: Iterable[str]) -> list[str]:
    """Channels in the order in which every chart shows them; those not known last."""
    return _sorted(channels, list(_CHANNELS))


def agents_in_order(agents: Iterable[str]) -> list[str]:
    """Kinds of agents, people first, those not known last."""
    return _sorted(agents, list(_AGENTS))


def _sorted(words: Iterable[str], known: list[str]) -> list[str]:
    return sorted(words, key=lambda one: (known.index(one) if one in known else len(known), one))
