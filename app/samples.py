"""The sample library: seven photographs and a short text about each.

The photographs come from scikit-image, whose documentation states their titles, authors and
licenses; the texts are our own. Adding them twice changes nothing.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from app.library import LibraryImporter
from domain.research import SourceKind

PHOTOGRAPHS = Path(__file__).parent / "photographs"
TEXT_LICENSE = "Apache-2.0"
TEXT_AUTHOR = "The Limner authors"


@dataclass(frozen=True, slots=True)
class Sample:
    """A photograph with what is known about it, and a text about its subject."""

    file: str
    title: str
    author: str
    license: str
    url: str
    caption: str
    subject: str
    text: str


SAMPLES = (
    Sample(
        file="astronaut.png",
        title="Eileen Collins, NASA portrait",
        author="NASA",
        license="Public domain",
        url="https://flic.kr/p/r9qvLn",
        caption="The astronaut Eileen Collins in an orange launch and entry suit, smiling, in "
        "front of a flag of the United States and a model of the Space Shuttle.",
        subject="Eileen Collins",
        text="Eileen Collins is a retired NASA astronaut and United States Air Force colonel, "
        "born in Elmira, New York, in 1956. In February 1995 she became the first woman to pilot "
        "a Space Shuttle, on the mission STS-63. In July 1999 she commanded STS-93 as the first "
        "woman to command a shuttle mission. In her NASA portrait she wears the orange launch and "
        "entry suit with a dark metal neck ring and a round purple mission patch on the chest, "
        "and holds a white helmet with a black visor. Her hair is short and light brown.",
    ),
    Sample(
        file="rocket.jpg",
        title="Falcon 9 launches DSCOVR",
        author="SpaceX",
        license="Public domain",
        url="https://www.flickr.com/photos/spacexphotos/16511594820/in/photostream/",
        caption="The Falcon 9 rocket that carried DSCOVR, at dusk on Space Launch Complex 40 at "
        "Cape Canaveral Air Force Station, Florida.",
        subject="Falcon 9 rocket launch",
        text="Falcon 9 is a two-stage rocket built by SpaceX, 70 metres tall and 3.7 metres wide. "
        "Its body is white, and nine engines burn at the base of the first stage. In February "
        "2015 a Falcon 9 carried the Deep Space Climate Observatory, DSCOVR, from Space Launch "
        "Complex 40 at Cape Canaveral in Florida. In SpaceX's photograph the white rocket stands "
        "upright on the pad at dusk, under a deep blue sky, between tall lattice towers that "
        "guard it from lightning, and lamps shine like stars at its foot.",
    ),
    Sample(
        file="chelsea.png",
        title="Chelsea the cat",
        author="Stefan van der Walt",
        license="CC0 1.0",
        url="https://scikit-image.org/docs/stable/api/skimage.data.html#skimage.data.cat",
        caption="Chelsea, a tabby cat with green eyes, looking to the side.",
        subject="Chelsea the cat",
        text="Chelsea is a tabby cat whose photograph has been a test picture of the scikit-image "
        "library for years. Her fur is golden brown and grey with dark stripes, her eyes are "
        "green, and long white whiskers stand out at both sides of a brick-red nose. The "
        "photograph was taken by Stefan van der Walt, who gave it to the public domain.",
    ),
    Sample(
        file="coffee.png",
        title="Cup of coffee at Pikolo Espresso Bar",
        author="Rachel Michetti",
        license="CC0 1.0",
        url="https://scikit-image.org/docs/stable/api/skimage.data.html#skimage.data.coffee",
        caption="A cup of coffee on a saucer with a spoon, on a wooden table at Pikolo Espresso "
        "Bar.",
        subject="Cup of coffee",
        text="The photograph shows a cup of espresso at Pikolo Espresso Bar in Montreal. The cup "
        "is of red porcelain, white inside, and stands on a red saucer with a small steel spoon "
        "beside it. Golden crema covers the coffee. The table is of reddish brown wood with a "
        "visible grain.",
    ),
    Sample(
        file="hubble_deep_field.jpg",
        title="Hubble eXtreme Deep Field",
        author="NASA",
        license="Public domain",
        url="http://hubblesite.org/newscenter/archive/releases/2012/37/image/a/",
        caption="The Hubble eXtreme Deep Field: thousands of galaxies, the farthest view of the "
        "universe at its time.",
        subject="Hubble eXtreme Deep Field",
        text="The Hubble eXtreme Deep Field is a picture of a small patch of sky in the "
        "constellation Fornax, published in September 2012. It was put together from ten years of "
        "photographs by the Hubble Space Telescope. About 5,500 galaxies can be seen in it as "
        "yellow, orange and blue spirals and smudges on a black sky. The faintest ones are ten "
        "billion times too dim for the human eye.",
    ),
    Sample(
        file="coins.png",
        title="Greek coins from Pompeii",
        author="Brooklyn Museum",
        license="No known copyright restrictions",
        url="https://www.brooklynmuseum.org/opencollection/archives/image/51611",
        caption="Greek coins from Pompeii in four rows on a dark ground.",
        subject="Greek coins from Pompeii",
        text="The picture from the Brooklyn Museum's collection shows Greek coins from Pompeii, "
        "laid out in four rows of six on a dark ground. The coins are round but uneven at their "
        "edges, and worn heads and figures stand out from their faces.",
    ),
    Sample(
        file="retina.jpg",
        title="Fundus photograph of a normal left eye",
        author="Mikael Häggström",
        license="CC0 1.0",
        url="https://commons.wikimedia.org/wiki/File:Fundus_photograph_of_normal_left_eye.jpg",
        caption="The retina of a healthy human left eye.",
        subject="Human retina",
        text="The retina is the layer at the back of the human eye that turns light into nerve "
        "signals. A photograph of it shows an orange-red disc. The optic nerve leaves at a "
        "bright, pale yellow spot, from which dark red blood vessels branch out. The macula, "
        "where sight is sharpest, is a darker patch near the middle.",
    ),
)


async def add_samples(library: LibraryImporter, workspace_id: str) -> int:
    """Put the samples into a workspace's library; gives how many items it now has of them."""
    for sample in SAMPLES:
        await library.add_item(
            workspace_id,
            kind=SourceKind.PICTURE,
            title=sample.title,
            text=sample.caption,
            data=await asyncio.to_thread((PHOTOGRAPHS / sample.file).read_bytes),
            author=sample.author,
            license=sample.license,
            url=sample.url,
        )
        await library.add_item(
            workspace_id,
            kind=SourceKind.PAGE,
            title=sample.subject,
            text=sample.text,
            author=TEXT_AUTHOR,
            license=TEXT_LICENSE,
        )
    return 2 * len(SAMPLES)
