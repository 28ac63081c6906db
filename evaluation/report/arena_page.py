"""The page of blind pairs: two pictures, three buttons, and a file of votes at the end."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence

from evaluation.judging.arena import ArenaPair
from evaluation.report.page import picture_tag
from evaluation.runs.records import RunFolder

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1.5rem 1rem;
color:#1c2126;background:#fff}h1{font-size:1.3rem}.pair{display:none}.pair.now{display:block}
.sides{display:grid;grid-template-columns:1fr 1fr;gap:1rem}
img{width:100%;height:auto;background:#dde2e6}
.buttons{display:flex;gap:.8rem;margin:1rem 0;flex-wrap:wrap}
button{font:inherit;padding:.6rem 1.2rem;border:1px solid #5d6770;background:#f4f6f7;
border-radius:.3rem;cursor:pointer}button:focus-visible{outline:3px solid #2f6f8f}
@media(prefers-color-scheme:dark){body{color:#e6e9ec;background:#15191d}
button{color:inherit;background:#242a30}}
@media(max-width:40rem){.sides{grid-template-columns:1fr}}
"""
_SCRIPT = """
const pairs=[...document.querySelectorAll('.pair')],key='limner-arena-'+document.body.dataset.run;
let votes=JSON.parse(localStorage.getItem(key)||'{}');
function show(){const next=pairs.find(p=>!(p.dataset.id in votes));
pairs.forEach(p=>p.classList.toggle('now',p===next));
document.getElementById('state').textContent=Object.keys(votes).length+' of '+pairs.length;
document.getElementById('end').hidden=!!next;}
document.addEventListener('click',e=>{const b=e.target.closest('button[data-vote]');if(!b)return;
votes[b.closest('.pair').dataset.id]=b.dataset.vote;localStorage.setItem(key,JSON.stringify(votes));show();});
document.getElementById('save').onclick=()=>{const a=document.createElement('a');
a.href=URL.createObjectURL(new Blob([JSON.stringify({votes})],{type:'application/json'}));
a.download='votes.json';a.click();};
show();
"""


def arena_page(folder: RunFolder, pairs: Sequence[ArenaPair]) -> str:
    """The whole page, with all pictures in it and no word of what made them."""
    return "".join(_pieces(folder, pairs))


def _pieces(folder: RunFolder, pairs: Sequence[ArenaPair]) -> Iterator[str]:
    run = html.escape(folder.recipe().run_id, quote=True)
    yield "<!doctype html><html lang=en><head><meta charset=utf-8>"
    yield '<meta name=viewport content="width=device-width,initial-scale=1">'
    yield f"<title>Which picture is better?</title><style>{_STYLE}</style></head>"
    yield f'<body data-run="{run}"><h1>Which picture shows the request better?</h1>'
    yield "<p><span id=state></span> · <button id=save type=button>Save votes</button></p>"
    for pair in pairs:
        yield f'<section class=pair data-id="{pair.id}"><p>{html.escape(pair.prompt[:600])}</p>'
        yield "<div class=sides>"
        for picture, side in ((pair.left_picture, "left"), (pair.right_picture, "right")):
            yield f"<div>{picture_tag(folder.folder / picture, f'The {side} picture')}</div>"
        yield "</div><div class=buttons>"
        for vote, label in (("left", "Left"), ("even", "No difference"), ("right", "Right")):
            yield f"<button type=button data-vote={vote}>{label}</button>"
        yield "</div></section>"
    yield "<p id=end hidden>That was the last pair. Save your votes and send the file.</p>"
    yield f"<script>{_SCRIPT}</script></body></html>\n"
