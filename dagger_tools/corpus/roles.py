"""What each frame's scenes are made of: roles with their slots, what must be there, usual ranges."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["ASK_NEEDS", "NEEDED", "ONE_QUANTITY", "RANGES", "ROLES"]

ROLES: Mapping[str, Mapping[str, str]] = {
    "change": {
        **dict.fromkeys(("have", "up", "down", "end", "ask_if_up", "ask_if_down", "idle"), "n"),
        **dict.fromkeys(("some", "up_some", "down_some"), ""),
        **dict.fromkeys(("ask_end", "ask_start", "ask_up", "ask_down"), ""),
        **dict.fromkeys(("ask_net_up", "ask_net_down", "ask_all_up", "ask_all_down"), ""),
    },
    "parts": {
        **dict.fromkeys(("lead", "ask_whole"), ""),
        **dict.fromkeys(("whole", "idle"), "n"),
        "part": "kn",
        **dict.fromkeys(("more", "fewer", "times"), "kjn"),
        **dict.fromkeys(("ask_part", "ask_not"), "k"),
        **dict.fromkeys(("ask_more", "ask_fewer", "ask_two"), "kj"),
    },
    "groups": {
        "both": "mn",
        "groups_whole": "mw",
        "each_whole": "nw",
        **dict.fromkeys(("plus", "minus", "idle"), "n"),
        **dict.fromkeys(("ask_whole", "ask_each", "ask_groups", "ask_now"), ""),
        **dict.fromkeys(("ask_two", "ask_more", "ask_two_groups"), "kj"),
    },
    "stock": {
        **dict.fromkeys(("lead", "ask_all", "ask_all_up", "ask_all_down"), ""),
        **dict.fromkeys(("have", "up", "down", "end"), "kn"),
        **dict.fromkeys(("some", "ask_end", "ask_start"), "k"),
        **dict.fromkeys(("ask_more_end", "ask_more_up", "ask_more_down"), "kj"),
        "idle": "n",
    },
    "grid": {
        **dict.fromkeys(("lead", "ask_all"), ""),
        **dict.fromkeys(("cell", "gone"), "akn"),
        "of_owner": "akjnm",
        "of_kind": "abknm",
        "price": "kn",
        "idle": "n",
        **dict.fromkeys(("ask_owner", "ask_cost_owner"), "a"),
        **dict.fromkeys(("ask_kind", "ask_cost_kind"), "k"),
        **dict.fromkeys(("ask_left", "ask_cost"), "ak"),
        "ask_more_owner": "abk",
        "ask_more_kind": "akj",
        "ask_more_all": "ab",
    },
    "rest": {
        "have": "w",
        "out_each": "mn",
        "share": "m",
        **dict.fromkeys(("out", "in", "pack", "idle"), "n"),
        **dict.fromkeys(("ask_left", "ask_out", "ask_each", "ask_groups"), ""),
    },
    "ledger": {
        **dict.fromkeys(("have_each", "up_each", "down_each"), "mn"),
        **dict.fromkeys(("have", "up", "down", "end", "goal", "idle", "idle_amount"), "n"),
        **dict.fromkeys(("lead", "some", "ask_end", "ask_start", "ask_goal"), ""),
        **dict.fromkeys(("ask_all_up", "ask_all_down", "ask_net_up", "ask_net_down"), ""),
        **dict.fromkeys(("ask_groups", "ask_goal_groups"), "n"),
        **dict.fromkeys(("ask_each", "ask_goal_each"), "m"),
    },
    "shares": {
        "have": "w",
        **dict.fromkeys(("take", "take_also", "take_rest", "rise", "idle_share"), "f"),
        **dict.fromkeys(("out", "taken", "left", "idle", "idle_amount"), "n"),
        **dict.fromkeys(("some", "ask_take", "ask_take_rest", "ask_rise"), ""),
        **dict.fromkeys(("ask_left", "ask_out", "ask_whole"), ""),
        **dict.fromkeys(("ask_each", "ask_all"), "m"),
    },
}
"""By frame, its roles, with the slots that each of their wordings must have."""

NEEDED: Mapping[str, tuple[str, ...]] = {
    "change": ("have", "up", "down", "ask_end"),
    "parts": ("part", "ask_part"),
    "groups": ("both", "ask_whole"),
    "stock": ("have", "up", "down", "ask_end"),
    "grid": ("cell", "ask_more_owner"),
    "rest": ("have", "out_each", "ask_left"),
    "ledger": ("have", "up", "down", "up_each", "down_each", "ask_end"),
    "shares": ("have", "take", "ask_left"),
}
"""By frame, what every scene of it has."""
ASK_NEEDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "change": {
        "ask_start": ("some", "end"),
        "ask_up": ("up_some", "end"),
        "ask_down": ("down_some", "end"),
    },
    "parts": {"ask_part": ("more|fewer|times|whole",)},
    "groups": {
        "ask_each": ("groups_whole",),
        "ask_groups": ("each_whole",),
        "ask_now": ("plus|minus",),
    },
    "stock": {"ask_start": ("some", "end")},
    "grid": {
        "ask_left": ("gone",),
        **dict.fromkeys(("ask_cost", "ask_cost_owner", "ask_cost_kind"), ("price",)),
    },
    "rest": {"ask_each": ("share",), "ask_groups": ("pack",)},
    "ledger": {
        "ask_start": ("some", "end"),
        **dict.fromkeys(("ask_goal", "ask_goal_groups", "ask_goal_each"), ("goal",)),
    },
    "shares": {
        "ask_take_rest": ("take_rest",),
        "ask_rise": ("rise",),
        "ask_out": ("take_also|take_rest|out",),
        "ask_whole": ("some", "taken|left"),
    },
}
"""By frame, what a role that asks can never be asked without, beside what every scene of the frame has."""
RANGES: Mapping[str, Mapping[str, tuple[int, int]]] = {
    "change": {"start": (10, 60), "step": (2, 15)},
    "parts": {"part": (5, 80), "diff": (2, 20), "times": (2, 5)},
    "groups": {"m": (2, 12), "n": (3, 40), "extra": (2, 20)},
    "stock": {"start": (10, 60), "step": (2, 15)},
    "grid": {"cell": (5, 80), "gone": (2, 15), "price": (2, 40)},
    "rest": {"start": (60, 200), "step": (2, 15), "m": (2, 9), "n": (2, 9)},
    "ledger": {"start": (20, 120), "step": (5, 40), "m": (2, 9), "n": (3, 20), "need": (10, 150)},
    "shares": {"start": (20, 240), "step": (2, 20), "m": (2, 9), "percent": (10, 75)},
}
"""By frame, between what its numbers are drawn where a scene does not say."""
ONE_QUANTITY = frozenset({"change", "rest", "ledger", "shares"})
"""Frames without kinds."""
