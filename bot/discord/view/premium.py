"""Discord's own button that sells a subscription."""

from __future__ import annotations

from typing import Any

from discord import ButtonStyle, ui


def premium_row(sku: str) -> list[ui.Item[Any]]:
    """The button for a subscription, which says by itself what it costs; nothing without one."""
    if not sku.isdecimal():
        return []
    button = ui.Button[ui.LayoutView](style=ButtonStyle.premium, sku_id=int(sku))
    return [ui.ActionRow[ui.LayoutView](button)]
