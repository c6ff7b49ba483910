"""The style of the dashboard and of reports, and the script of the dashboard.

Room: cli. Pure. Both are in the page, so that it needs nothing else. Nothing moves, so there is no motion to reduce.
"""

from __future__ import annotations

#: The contrast of each text with its background is 4.5 or more (WCAG 2.2, AA), in both schemes.
STYLE = """
:root { color-scheme: light dark; --ink: #1c2330; --soft: #566072; --line: #d8dde6; --back: #fff; --card: #f6f7f9;
  --one: #2f6fde; --link: #2560c4; --faint: #a9c3f2; --bad: #c0352a; --warn: #855608; --warnfill: #cf9a3a; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ebf1; --soft: #9aa5b8; --line: #343c4b; --back: #14181f;
  --card: #1d232d; --one: #78a7f7; --link: #8db4f8; --faint: #35507f; --bad: #f0766b; --warn: #e0a94e;
  --warnfill: #e0a94e; } }
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--back); margin: 0 auto;
  max-width: 1200px; padding: 1.5rem 1rem 3rem; font-variant-numeric: tabular-nums; }
h1 { font-size: 1.15rem; margin: 0; }
h2 { font-size: 1.5rem; margin: 0; overflow-wrap: anywhere; line-height: 1.25; }
h3, .part > h2 { font-size: 1rem; margin: 0 0 .5rem; }
* + h3 { margin-top: 1.5rem; }
p { margin: .25rem 0; }
a { color: var(--link); }
.soft { color: var(--soft); }
.small { font-size: .9rem; color: var(--soft); }
.bad { color: var(--bad); }
.warn { color: var(--warn); }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 2px; }
main:focus-visible { outline: none; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: .5rem; background: var(--back); padding: .25rem; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
header { display: flex; flex-wrap: wrap; gap: 0 1rem; align-items: baseline; justify-content: space-between;
  border-bottom: 1px solid var(--line); padding-bottom: .75rem; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; list-style: none; margin: .75rem 0 0; padding: 0; }
section { padding-top: 1.75rem; }
section + section { margin-top: 2.5rem; border-top: 1px solid var(--line); }
.title { display: flex; flex-wrap: wrap; gap: .25rem .75rem; align-items: center; }
.state { display: inline-block; border: 1px solid currentColor; border-radius: 1rem; padding: 0 .7rem;
  font-size: .9rem; font-weight: 600; }
.state.good { color: var(--link); }
.state.soft { color: var(--soft); }
.big { font-size: 1.05rem; margin: 1rem 0 .4rem; }
.big b { font-size: 1.6rem; line-height: 1.2; }
.part > .big { margin-top: 0; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .5rem; margin: 1rem 0 0; }
.cards div { background: var(--card); border-radius: .4rem; padding: .6rem .8rem; }
.cards dt { color: var(--soft); }
.cards dd { margin: 0; }
.cards b { display: block; font-size: 1.35rem; line-height: 1.3; }
.cards span { color: var(--soft); font-size: .9rem; }
.row { display: grid; gap: 0 2.5rem; }
.part { min-width: 0; padding-top: 1.75rem; }
@media (min-width: 800px) { .row.of2 { grid-template-columns: 1fr 1fr; } }
table { border-collapse: collapse; width: 100%; }
th, td { padding: .3rem .5rem; border-bottom: 1px solid var(--line); text-align: right; vertical-align: top;
  font-weight: 400; }
thead th { color: var(--soft); }
th:first-child, td:first-child { padding-left: 0; }
th:last-child, td:last-child { padding-right: 0; }
th[scope=row], .text, thead th:first-child { text-align: left; }
td { white-space: nowrap; }
th[scope=row] { overflow-wrap: anywhere; }
td.text { overflow-wrap: anywhere; white-space: normal; }
.counts { table-layout: fixed; }
.causes th:first-child, .causes td:first-child { text-align: right; width: 5.5rem; padding-right: 1rem; }
.causes .meter { height: .35rem; margin: .5rem 0 .3rem; max-width: 16rem; }
.facts { margin-top: 1rem; }
svg { display: block; width: 100%; }
.meter { height: .8rem; border-radius: .2rem; overflow: hidden; }
.track { fill: var(--card); }
.one { fill: var(--one); background: var(--one); }
svg .bad, .dot.bad { fill: var(--bad); background: var(--bad); }
.faint { fill: var(--faint); background: var(--faint); }
.warnfill { fill: var(--warnfill); background: var(--warnfill); }
.grid, .limit { fill: none; stroke: var(--line); vector-effect: non-scaling-stroke; }
.limit { stroke: var(--warnfill); stroke-dasharray: 5 3; stroke-width: 1.5; }
.hit { fill: transparent; }
g:hover .hit { fill: var(--card); }
figure { margin: 0; }
figcaption { display: flex; flex-wrap: wrap; gap: 0 1rem; justify-content: space-between; }
figcaption b { font-weight: 400; color: var(--soft); }
.legend { display: flex; flex-wrap: wrap; gap: 0 1rem; color: var(--soft); font-size: .9rem; }
.dot, .dash { display: inline-block; width: .7rem; height: .7rem; border-radius: .15rem; margin-right: .35rem; }
.dash { height: 0; border-top: 2px dashed var(--warnfill); border-radius: 0; vertical-align: .2rem; }
.plot { position: relative; padding-left: 3.2rem; margin-top: .5rem; }
.plot svg { height: 150px; overflow: visible; shape-rendering: crispEdges; }
.plot span { position: absolute; left: 0; width: 2.7rem; text-align: right; font-size: .8rem; color: var(--soft);
  line-height: 1; }
.top { top: -.35rem; }
.zero { bottom: -.35rem; }
.axis { display: flex; justify-content: space-between; padding-left: 3.2rem; font-size: .8rem; color: var(--soft);
  margin-top: .35rem; }
details { margin-top: .25rem; font-size: .9rem; }
summary { cursor: pointer; color: var(--soft); width: max-content; padding: .1rem .2rem .1rem 0; }
details ul { margin: .25rem 0; padding-left: 1.2rem; }
li { overflow-wrap: anywhere; }
.scroll { max-height: 16rem; overflow: auto; }
.list { list-style: none; margin: 0; padding: 0; }
.list li { padding: .35rem 0; border-bottom: 1px solid var(--line); }
code { font: .9em ui-monospace, monospace; }
#link.lost { color: var(--bad); font-weight: 600; }
"""

SCRIPT = """
'use strict';
const link = document.getElementById('link');
const say = (text, isLost) => {
  if (link.textContent !== text) link.textContent = text;
  link.classList.toggle('lost', isLost);
};
const all = (part, which) => [...part.querySelectorAll(which)];
// opened details, their scrolling and the focus survive the replacement
const replace = (part, html) => {
  const open = new Map(all(part, 'details[open]').map((one) => {
    const table = one.querySelector('.scroll');
    return [one.dataset.key, table ? table.scrollTop : 0];
  }));
  const active = document.activeElement;
  const around = part.contains(active) ? active.closest('details') : null;
  const focused = around && [around.dataset.key, active.tagName === 'SUMMARY' ? 'summary' : '.scroll'];
  part.innerHTML = html;
  for (const one of all(part, 'details')) {
    const key = one.dataset.key;
    one.open = open.has(key);
    const table = one.querySelector('.scroll');
    if (table && one.open) table.scrollTop = open.get(key);
    const again = focused && focused[0] === key && one.querySelector(focused[1]);
    if (again) again.focus({ preventScroll: true });
  }
};
const source = new EventSource('events' + location.search);
source.addEventListener('parts', (event) => {
  for (const [id, html] of Object.entries(JSON.parse(event.data))) {
    const part = document.getElementById(id);
    if (part) replace(part, html);
  }
  say('Live.', false);
});
source.addEventListener('end', () => {
  source.close();
  say('The dashboard has ended. This is its last state.', true);
});
source.addEventListener('error', () => say(
  source.readyState === EventSource.CLOSED
    ? 'The dashboard has ended, or has too many viewers.' : 'The connection is lost. Trying again.',
  true,
));
"""
