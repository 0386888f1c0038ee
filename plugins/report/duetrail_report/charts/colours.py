"""The colours of charts, by what they stand for, on light ground and on dark."""

from __future__ import annotations

# Text on every ground has a contrast of 4.5 or more. The buckets of the ageing grow darker, so
# that they are told apart without colour; series that lie side by side differ in lightness, too,
# or in pattern or shape.
LIGHT = {
    "surface": "#ffffff", "ink": "#17202b", "muted": "#5a6675", "grid": "#e6eaef",
    "zero": "#98a3b0", "blank": "#f3f5f8", "pattern": "#ffffff",
    "age-0": "#9dbcd4", "age-1": "#f3d08b", "age-2": "#eba65c", "age-3": "#d9783f",
    "age-4": "#b94a36", "age-5": "#7f1d2d", "age-none": "#8b95a3",
    "due": "#2f6690", "promised": "#3f9c8c", "cash": "#2e8b74",
    "by-call": "#24547d", "by-email": "#6fa8d6", "by-sms": "#d99a3d", "by-letter": "#8c6bb1",
    "by-chat": "#b5588a", "by-portal": "#7c8896", "by-other": "#a7b0bb",
    "by-human": "#24547d", "by-ai": "#cf7a2c", "by-automation": "#8c6bb1",
    "funnel-1": "#24547d", "funnel-2": "#4c83b0", "funnel-3": "#86b3d6", "funnel-4": "#2e8b74",
    "heat-1": "#e4eef6", "heat-2": "#bcd7ea", "heat-3": "#83b4d8", "heat-4": "#35739f",
    "heat-5": "#174a75", "on-heat-1": "#17202b", "on-heat-2": "#17202b", "on-heat-3": "#17202b",
    "on-heat-4": "#ffffff", "on-heat-5": "#ffffff",
    "dso": "#24547d", "best": "#8c9aa9", "open": "#2e8b74",
}  # fmt: skip


DARK = {
    "surface": "#14181e", "ink": "#e8edf3", "muted": "#9aa7b6", "grid": "#2a323c",
    "zero": "#5f6c7b", "blank": "#1b2129", "pattern": "#14181e",
    "age-0": "#56789a", "age-1": "#f2d79b", "age-2": "#eeb06a", "age-3": "#e0834b",
    "age-4": "#d4614c", "age-5": "#bd3a50", "age-none": "#7d8896",
    "due": "#6ba7d6", "promised": "#4fb3a0", "cash": "#45ab91",
    "by-call": "#5b97c9", "by-email": "#a9cdea", "by-sms": "#e3ad58", "by-letter": "#a98fcb",
    "by-chat": "#cf7fa9", "by-portal": "#8a96a4", "by-other": "#6f7b89",
    "by-human": "#6ba7d6", "by-ai": "#e79a4e", "by-automation": "#a98fcb",
    "funnel-1": "#8dbbe0", "funnel-2": "#6ba0cc", "funnel-3": "#4c7ea8", "funnel-4": "#45ab91",
    "heat-1": "#1d2c3a", "heat-2": "#24445f", "heat-3": "#326a94", "heat-4": "#69a5d3",
    "heat-5": "#b5d7f1", "on-heat-1": "#e8edf3", "on-heat-2": "#e8edf3", "on-heat-3": "#ffffff",
    "on-heat-4": "#0e1318", "on-heat-5": "#0e1318",
    "dso": "#6ba7d6", "best": "#7d8896", "open": "#45ab91",
}  # fmt: skip
"""On dark ground."""

NOT_SERIES = ("surface", "ink", "muted", "grid", "zero", "blank", "pattern")
"""Colours that stand for no kind of thing."""
