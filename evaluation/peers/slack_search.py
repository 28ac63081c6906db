"""The Real-Time Search API of our own Slack."""

from __future__ import annotations

from typing import Any, Final

from evaluation.peers.slack_team import Refusal, Team

MOST: Final = 20
CHANNEL_TYPES: Final = frozenset({"public_channel", "private_channel", "mpim", "im"})
CONTENT_TYPES: Final = frozenset({"messages", "files", "channels", "users"})
SCOPE: Final = "search:read.public"


class SearchApi:
    """Searches of a bot on behalf of a person, who let it by the token of an event."""

    scopes: tuple[str, ...] = ()

    async def _assistant_search_context(self, team: Team, a: dict[str, Any]) -> dict[str, Any]:
        kinds = set(str(a.get("channel_types") or "public_channel").split(","))
        contents = set(str(a.get("content_types") or "messages").split(","))
        known = kinds <= CHANNEL_TYPES and contents <= CONTENT_TYPES
        if not (a.get("query") and known and 1 <= int(a.get("limit") or MOST) <= MOST):
            raise Refusal("invalid_arguments")
        if self.scopes and SCOPE not in self.scopes:
            raise Refusal("missing_scope", needed=SCOPE, provided=",".join(self.scopes))
        if a.get("action_token") not in team.action_tokens:
            raise Refusal("invalid_action_token")
        team.searches.append(dict(a))
        asked = set(str(a["query"]).casefold().split())
        found = [each for each in team.writings if asked & set(each.words.casefold().split())]
        return {
            "results": {
                "messages": [
                    {
                        "author_user_id": "U0BOB",
                        "author_name": "Bob",
                        "team_id": each.team or team.id,
                        "channel_id": "C0002",
                        "channel_name": "design",
                        "message_ts": "1754670081.000100",
                        "content": each.content,
                        "is_author_bot": False,
                        "permalink": each.permalink,
                    }
                    for each in found[: int(a.get("limit") or MOST)]
                ]
            },
            "response_metadata": {"next_cursor": ""},
        }
