"""How the page looks, in light and in dark. Colours never carry a meaning alone: words stand beside them."""

from __future__ import annotations

STYLE = """
:root { --page: #f6f7f9; --card: #fff; --ink: #1b2330; --quiet: #5a6577; --line: #dfe3e9; --bar: #3f6fd1;
  --open: #3f6fd1; --taken: #2c8a57; --refused: #c4542f; --faded: #a3abb8;
  --fine: #1e7145; --degraded: #8a5a00; --stopped: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --page: #12161d; --card: #1b212b; --ink: #e7ebf1; --quiet: #a0abbd; --line: #313a48;
    --bar: #6d9bf5; --open: #6d9bf5; --taken: #53b983; --refused: #e58460; --faded: #6a7585;
    --fine: #6fd19b; --degraded: #f0bd5c; --stopped: #ff8f86; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
header, main { max-width: 70rem; margin: 0 auto; padding: 0 1rem; }
header { padding-top: 1.5rem; }
h1 { margin: 0; font-size: 1.6rem; overflow-wrap: anywhere; }
h2 { margin: 0 0 .6rem; font-size: 1rem; }
.quiet { color: var(--quiet); }
.level { margin: .2rem 0; font-weight: 600; }
.level.fine { color: var(--fine); } .level.degraded { color: var(--degraded); }
.level.stopped, .level.store { color: var(--stopped); }
section { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 1rem;
  margin: 1rem 0; }
ul, ol { list-style: none; margin: 0; padding: 0; }
.problems li { border-left: 4px solid var(--degraded); padding: .1rem .8rem; margin: .6rem 0;
  overflow-wrap: anywhere; }
.problems li.stopped, .problems li.store { border-color: var(--stopped); }
code { font: .92em ui-monospace, monospace; background: var(--page); padding: .1em .3em;
  border-radius: 4px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: 1rem; }
.tiles li { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .8rem 1rem;
  color: var(--quiet); }
.tiles b { display: block; font-size: 1.6rem; line-height: 1.2; color: var(--ink);
  font-variant-numeric: tabular-nums; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(24rem, 100%), 1fr)); gap: 1rem;
  align-items: start; }
.columns section { margin: 0; }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; color: var(--quiet); font-size: .87rem; }
.legend i { display: inline-block; width: .8em; height: .8em; border-radius: 2px; margin-right: .4em; }
.weeks { display: flex; align-items: flex-end; gap: .4rem; min-height: 12rem; }
.weeks li { flex: 1; min-width: 0; display: flex; flex-direction: column; text-align: center;
  font-size: .8rem; color: var(--quiet); }
.weeks .count { color: var(--ink); }
.weeks .stack { display: flex; flex-direction: column; flex: none; height: calc(var(--part) * 9rem);
  border-radius: 3px 3px 0 0; overflow: hidden; border-bottom: 1px solid var(--line); }
.open { background: var(--open); } .taken { background: var(--taken); }
.refused { background: var(--refused); } .faded { background: var(--faded); }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .25rem 1rem .25rem 0; border-top: 1px solid var(--line);
  font-weight: 400; overflow-wrap: anywhere; }
thead th, table:not(:has(thead)) tr:first-child > * { border-top: 0; }
thead th { color: var(--quiet); font-size: .87rem; }
thead th, tr:first-child > th { overflow-wrap: normal; }
.number { text-align: right; white-space: nowrap; }
.bar { width: 45%; } .bar i { display: block; height: .7em; background: var(--bar); border-radius: 2px;
  min-width: 1px; }
.warn { color: var(--degraded); }
.wide { overflow-x: auto; }
.wide table { width: auto; min-width: min(40rem, 100%); }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
@media (max-width: 40rem) {
  .weeks .day { writing-mode: vertical-rl; margin: .2rem auto 0; white-space: nowrap; } }
@media print { section { break-inside: avoid; } }
"""
