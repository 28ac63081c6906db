"""The outside world of a recorded installation, on loopback: the web, news sites, a chat model,
image services, Discord and Slack. What stands in both chats can be saved and put back."""

from __future__ import annotations

import io
import json
import re
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, cast
from unittest.mock import patch

from aiohttp import web
from PIL import Image

from evaluation.peers.discord_rules import Object
from evaluation.peers.discord_server import DiscordPeer, discord_peer
from evaluation.peers.discord_world import Interaction
from evaluation.peers.newsstand import Newsstand, Told, article, newsstand, rss
from evaluation.peers.slack import FakeSlack, fake_slack
from evaluation.peers.slack_api import APP_TOKEN
from evaluation.peers.slack_team import Channel, Message
from tests.fakes import web as web_fakes
from tests.fakes.image_services import KEY, ImageServices, image_services
from tests.fakes.model_server import Messages, ModelServer, answer, model_server, turn
from tests.fakes.web import WebPeer, web_peer

STORIES: dict[str, tuple[str, tuple[str, str], tuple[str, str]]] = {
    "light": (
        "Ellery harbour opens its new lighthouse",
        (
            "The new lighthouse of Ellery harbour was opened on Monday by the harbour board.",
            "It is 42 metres high, white and red, and stands at the end of the northern pier.",
        ),
        (
            "Ellery's harbour board opened the lighthouse on the northern pier on Monday.",
            "The tower of the Ellery lighthouse is 42 metres high and painted in white and red.",
        ),
    ),
    "bridge": (
        "Marlow bridge closes for repairs",
        (
            "The old bridge of Marlow was closed on Tuesday for repairs by the county council.",
            "It has three stone arches, and the repairs of the Marlow bridge take until October.",
        ),
        (
            "Marlow's bridge was closed by the county council on Tuesday.",
            "Its three stone arches are repaired, which takes the Marlow bridge until October.",
        ),
    ),
    "organ": (
        "Fenwick cathedral plays its restored organ",
        (
            "The restored organ of Fenwick cathedral was played again on Sunday by its organist.",
            "It has 3,200 pipes of tin and oak, and was built in 1874 for the Fenwick cathedral.",
        ),
        (
            "On Sunday the organist of Fenwick cathedral played the restored organ.",
            "The organ of the Fenwick cathedral was built in 1874 and has 3,200 pipes.",
        ),
    ),
    "market": (
        "Harwick market hall gets a glass roof",
        (
            "The market hall of Harwick got a glass roof on Thursday, the town council said.",
            "The roof of the Harwick hall is 80 metres long and carried by 24 iron columns.",
        ),
        (
            "On Thursday the council of Harwick opened the glass roof of its market hall.",
            "It rests on 24 iron columns, and the Harwick roof is 80 metres long.",
        ),
    ),
    "tram": (
        "Oldbury tram returns after sixty years",
        (
            "The Oldbury tram ran again on Friday, sixty years after its last journey.",
            "Its three wooden cars are painted green, and the line through Oldbury is 5 km long.",
        ),
        (
            "After sixty years the tram of Oldbury made its first journey on Friday.",
            "The 5 km line through Oldbury has three green wooden cars.",
        ),
    ),
}
"""The articles of two news sites about the same events, by the path of the page."""
BAD_MARKS = {"faithfulness": 0, "visual_correctness": 0, "text_needed": False, "text_accuracy": 0}


@dataclass
class Outside:
    """Everything that Limner talks to."""

    web: WebPeer
    stand: Newsstand
    model: ModelServer
    images: ImageServices
    discord: DiscordPeer
    slack: FakeSlack
    moderation_url: str
    open_forms: list[Object] = field(default_factory=list[Object])
    """Forms on Discord that people had open when the chats were saved."""

    def addresses(self) -> dict[str, str]:
        """Where each part is; all ports have five digits, so that no address begins another."""
        return {
            "web": self.web.base_url,
            "stand": f":{self.stand.port}/",
            "model": self.model.base_url,
            "images": self.images.base_url,
            "discord": self.discord.base_url,
            "slack": self.slack.base_url,
            "moderation": self.moderation_url,
        }

    def environment(self) -> dict[str, str]:
        """Settings that both kinds of installation share."""
        return {
            **self.web.environment(),
            "LIMNER_SEARCH_PROVIDERS": "library,wikipedia,commons",
            "LIMNER_FETCH_ALLOWED_NETWORKS": "127.0.0.0/8",
            "LIMNER_NEWS_PROVIDERS": "",
            "LIMNER_GENERATION_CONCURRENCY": "4",
            "LIMNER_JOBS_PER_PERSON": "100",
            "LIMNER_DECODER_PROCESSES": "1",
            "LIMNER_LOG_LEVEL": "info",
        }

    def chats(self) -> dict[str, str]:
        """Settings of an installation in both chats that researches by rule."""
        return {
            **self._drawing(),
            "LIMNER_GENERATOR": "openai-images",
            "LIMNER_DISCORD_TOKEN": self.discord.world.token,
            "LIMNER_DISCORD_API_BASE": self.discord.api_base,
            "LIMNER_SLACK_API_BASE": f"{self.slack.base_url}/api/",
            "LIMNER_SLACK_BOT_TOKEN": self.slack.team.token,
            "LIMNER_SLACK_APP_TOKEN": APP_TOKEN,
            "LIMNER_SLACK_SOCKETS": "1",
        }

    def models(self) -> dict[str, str]:
        """Settings of an installation that researches and checks with a model."""
        return {
            "LIMNER_MODEL_BASE_URL": self.model.base_url,
            "LIMNER_MODERATION_BASE_URL": self.moderation_url,
            **self._drawing(),
        }

    def _drawing(self) -> dict[str, str]:
        """Settings of an image service, whose small pictures keep recordings small and fast."""
        return {
            "LIMNER_GENERATORS": "storyboard,openai-images",
            "LIMNER_OPENAI_IMAGES_BASE_URL": f"{self.images.base_url}/v1",
            "LIMNER_OPENAI_IMAGES_API_KEY": KEY,
            "LIMNER_OPENAI_IMAGES_MODEL": "gpt-image-1",
        }

    def saved(self) -> dict[str, Any]:
        """What stands in both chats, as JSON."""
        world, team = self.discord.world, self.slack.team
        files = {
            name: {part: value for part, value in file.items() if part != "data"}
            for name, file in team.files.items()  # they are not read again
        }
        return {
            "discord": {
                "commands": world.commands,
                "messages": {str(c): list(m.values()) for c, m in world.messages.items()},
                "nonces": [[*key, message] for key, message in world.nonces.items()],
                "interactions": [
                    [i.id, i.token, i.user_id, i.channel_id, i.message_id, i.own_message]
                    for i in world.interactions.values()
                    if i.acknowledged_at is not None
                ],
                "last_id": world.last_id,
                "forms": [
                    body["data"]
                    for _method, path, body in self.discord.requests
                    if path.endswith("/callback") and body["type"] == 9
                ],
            },
            "slack": {
                "channels": [_saved_channel(channel) for channel in team.channels.values()],
                "users": team.users,
                "files": files,
                "views": team.views,
                "homes": team.homes,
                "whispers": [[user, where, m.ts, m.body] for user, where, m in team.whispers],
            },
        }

    def put_back(self, saved: dict[str, Any]) -> None:
        """Let both chats hold what was saved; interactions are too old to be answered."""
        world, team = self.discord.world, self.slack.team
        known = saved["discord"]
        self.open_forms = known["forms"]
        world.commands, world.last_id = known["commands"], known["last_id"]
        for channel, messages in known["messages"].items():
            world.messages[int(channel)] = {int(m["id"]): m for m in messages}
        world.nonces = {(c, nonce): message for c, nonce, message in known["nonces"]}
        long_ago = time.monotonic() - 10 * world.token_life_s
        for id_, token, user, channel, message, own in known["interactions"]:
            world.interactions[token] = Interaction(
                id_, token, user, channel, long_ago, long_ago, message, own
            )
        known = saved["slack"]
        for channel in known["channels"]:
            messages = [Message(ts, body, thread) for ts, body, thread in channel.pop("messages")]
            team.channels[channel["id"]] = Channel(
                **channel, messages={message.ts: message for message in messages}
            )
        team.users, team.homes = known["users"], known["homes"]
        team.files = {name: {**file, "data": b""} for name, file in known["files"].items()}
        team.views = [(view_id, view) for view_id, view in known["views"]]
        team.whispers = [(u, c, Message(ts, body)) for u, c, ts, body in known["whispers"]]
        self.slack._numbers = count(500_000)  # pyright: ignore[reportPrivateUsage]


def _saved_channel(channel: Channel) -> dict[str, Any]:
    return {
        "id": channel.id,
        "member": channel.member,
        "private": channel.private,
        "im_of": channel.im_of,
        "people": channel.people,
        "messages": [[m.ts, m.body, m.thread_ts] for m in channel.messages.values()],
    }


def plain_picture(
    seed: int = 1, *, size: tuple[int, int] = (320, 240), kind: str = "JPEG"
) -> bytes:
    """A picture of two colours without noise, so that what is drawn of it takes little room."""
    image = Image.new("RGB", size, ((seed * 53) % 256, (seed * 101) % 256, (seed * 197) % 256))
    image.paste((255 - (seed * 53) % 256, 90, 20), (0, 0, size[0] // 32 * 16, size[1]))
    out = io.BytesIO()
    image.save(out, kind, quality=90)
    return out.getvalue()


@asynccontextmanager
async def outside() -> AsyncGenerator[Outside]:
    """Start everything on free ports and stop it at the end."""
    async with AsyncExitStack() as stack:
        stack.enter_context(patch.object(web_fakes, "picture", plain_picture))
        web_ = await stack.enter_async_context(web_peer())
        web_.articles = {
            "Golden Gate Bridge": "The Golden Gate Bridge is a suspension bridge painted in orange "
            "vermilion. Its two towers are 227 metres high.",
            "Tower Bridge": "Tower Bridge is a bascule bridge with two stone towers in London. Its "
            "walkways are painted blue and white.",
        }
        web_.pictures = {"Golden Gate Bridge": 1, "Tower Bridge": 2}
        stand = await stack.enter_async_context(newsstand())
        for site in (0, 1):
            feed: list[Told] = []
            for path, (title, *told) in STORIES.items():
                said = told[site]
                page = stand.serve(site, path, article(title, *said))
                feed.append(Told(title, page, said[0], datetime.now(UTC) - timedelta(hours=2)))
            stand.serve(site, "feed", rss(feed), "application/rss+xml")
        images = await stack.enter_async_context(image_services())
        images.data = plain_picture(5, size=(160, 160), kind="PNG")
        yield Outside(
            web_,
            stand,
            await stack.enter_async_context(model_server(says)),
            images,
            await stack.enter_async_context(discord_peer()),
            await stack.enter_async_context(fake_slack()),
            await stack.enter_async_context(_moderation()),
        )


def says(messages: Messages) -> str:
    """What the model says: as the judge of pictures, as the reader of pages, or as the agent, whose
    next turn follows from how many it has had."""
    system = str(messages[0]["content"])
    if system.startswith("You check a picture"):
        asked = json.dumps(messages[1]["content"])
        marks: dict[str, Any] = {
            **BAD_MARKS,
            "aesthetics": 1,
            "claims": [],
            "advice": "Draw the towers.",
        }
        return json.dumps(marks if "again" in asked else {**marks, **dict.fromkeys(
            ("faithfulness", "visual_correctness"), 1)})  # fmt: skip
    turns = sum(message["role"] == "assistant" for message in messages)
    if "<tools>" not in system:
        return "The bridge is painted in orange vermilion."
    page = re.search(r"http://127\.0\.0\.2:\d+/light", json.dumps(messages))
    turns_of_agent = (
        turn("who", "search", queries=["Golden Gate Bridge"]),
        turn("look", "image_search", query="Golden Gate Bridge"),
        turn("read", "browse", url=page[0] if page else "", query="What is it like?"),
        answer(
            "The Golden Gate Bridge is painted in orange vermilion. Take its shape from the first "
            "reference image.",
            "IMG_001",
        ),
    )
    return str(turns_of_agent[min(turns, 3)])


@asynccontextmanager
async def _moderation() -> AsyncGenerator[str]:
    """OpenAI's moderations interface, which flags texts that say so."""

    async def moderate(request: web.Request) -> web.Response:
        body = cast("dict[str, Any]", await request.json())
        result: dict[str, Any] = {
            "flagged": "flagged" in str(body["input"]),
            "categories": {},
            "category_scores": {},
            "category_applied_input_types": {},
        }
        return web.json_response({"id": "x", "model": body["model"], "results": [result]})

    app = web.Application()
    app.router.add_post("/v1/moderations", moderate)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}/v1"
    finally:
        await runner.cleanup()
