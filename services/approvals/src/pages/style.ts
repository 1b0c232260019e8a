import { hash } from 'node:crypto';

/** The one stylesheet. Colours are never alone: each comes with a word. Works from 320 px on. */
export const style = `
:root {
  color-scheme: light dark;
  --paper: #f5f4f0; --card: #ffffff; --ink: #18202b; --soft: #566172; --line: #dcdad2;
  --accent: #14507a; --accent-ink: #ffffff; --focus: #b45309;
  --good: #0f6b4a; --good-back: #e4f3ec; --bad: #a3242b; --bad-back: #fbe9e8;
  --warn: #8a4b05; --warn-back: #fdf1dc; --info-back: #e6eff6; --model-back: #f3f0fa; --model: #5a4690;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14181e; --card: #1c222a; --ink: #e8ebef; --soft: #a3aebb; --line: #343d48;
    --accent: #86bfe6; --accent-ink: #10202c; --focus: #f0a94a;
    --good: #7fd6b0; --good-back: #17332a; --bad: #f2a3a0; --bad-back: #3b1f20;
    --warn: #f0bd74; --warn-back: #3a2c14; --info-back: #1b2c3a; --model-back: #262138; --model: #c3b2f2;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  overflow-wrap: anywhere;
}
a { color: var(--accent); text-underline-offset: .15em; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; border-radius: 3px; }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 1rem; top: .5rem; background: var(--card); padding: .5rem 1rem; z-index: 2; }
.bar {
  display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: center; justify-content: space-between;
  padding: .6rem clamp(1rem, 3vw, 2rem); background: var(--card); border-bottom: 1px solid var(--line);
}
.brand {
  display: inline-flex; align-items: center; gap: .55rem; min-height: 44px;
  font-weight: 700; letter-spacing: -.01em; color: var(--ink); text-decoration: none;
}
.mark { width: 1.5rem; height: 1.5rem; background: url(/icon.svg) center/contain no-repeat; }
.who { display: flex; flex-wrap: wrap; align-items: center; gap: .75rem; margin: 0; }
.role { color: var(--soft); }
main { margin: 0 auto; padding: 1.5rem clamp(1rem, 3vw, 2rem) 4rem; }
main.wide { max-width: 84rem; }
main.narrow { max-width: 44rem; }
h1 { font-size: clamp(1.35rem, 1rem + 1.6vw, 1.85rem); line-height: 1.2; margin: 0; letter-spacing: -.015em; }
h2 { font-size: 1.05rem; margin: 0 0 .75rem; }
h3 { font-size: .95rem; margin: 0 0 .35rem; }
p { margin: .4rem 0; }
.soft { color: var(--soft); }
.small { font-size: .875rem; }
.nowrap { white-space: nowrap; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
code, pre, textarea.code { font: .85rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
pre { margin: .5rem 0 0; padding: .75rem; background: var(--paper); border: 1px solid var(--line);
  border-radius: 6px; white-space: pre-wrap; max-height: 30rem; overflow: auto; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
  padding: clamp(.9rem, 2vw, 1.25rem); margin: 0 0 1rem; min-width: 0; }
.card > :last-child { margin-bottom: 0; }
.head { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: baseline; justify-content: space-between; margin-bottom: 1rem; }
.head .meta { flex-basis: 100%; }
.meta { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; color: var(--soft); font-size: .9rem; margin: 0; }
.meta > span { min-width: 0; }
.pill { display: inline-block; padding: .1rem .6rem; border-radius: 99px; font-size: .82rem; font-weight: 600;
  border: 1px solid currentColor; background: var(--card); }
.pill.good { color: var(--good); background: var(--good-back); }
.pill.bad { color: var(--bad); background: var(--bad-back); }
.pill.warn { color: var(--warn); background: var(--warn-back); }
.pill.plain { color: var(--soft); }
.pill.info { color: var(--accent); background: var(--info-back); }
.notice { border: 1px solid currentColor; border-left-width: 6px; border-radius: 8px; padding: .8rem 1rem; margin: 0 0 1rem; }
.notice > div { color: var(--ink); }
.notice.good { color: var(--good); background: var(--good-back); }
.notice.bad { color: var(--bad); background: var(--bad-back); }
.notice.info { color: var(--accent); background: var(--info-back); }
.flags { list-style: none; margin: 0 0 1rem; padding: 0; display: grid; gap: .4rem; }
.flags li { color: var(--warn); background: var(--warn-back); border: 1px solid currentColor; border-radius: 8px;
  padding: .45rem .8rem; font-weight: 600; }
.flags li::before { content: "⚑ "; }
.split { display: grid; gap: 0 1rem; grid-template-columns: minmax(0, 1fr); align-items: start; }
@media (min-width: 60rem) {
  .split { grid-template-columns: minmax(0, 1fr) 23rem; }
  .split > .decide { grid-column: 2; grid-row: 1 / span 2; position: sticky; top: 1rem; }
  .split > .rest { grid-column: 1; }
}
table { width: 100%; border-collapse: collapse; }
th, td { text-align: left; vertical-align: top; padding: .55rem .6rem; border-top: 1px solid var(--line); }
thead th { border-top: 0; font-size: .82rem; color: var(--soft); font-weight: 600; }
tbody th { font-weight: 600; }
.text { white-space: pre-wrap; }
.changes tr.same td, .changes tr.same th { color: var(--soft); font-weight: 400; }
.changes tr.moves td.to { font-weight: 600; }
.changes tr.moves td.long { font-weight: 400; }
.changes td.from { color: var(--soft); }
.changes th { width: 11rem; }
.changes td.from { width: 12rem; }
.list td:first-child { width: 11rem; }
.list td:last-child { width: 6.5rem; }
.list td:nth-last-child(2) { width: 13rem; }
.about { font-style: italic; }
@media (max-width: 44rem) {
  table.stack thead { position: absolute; clip-path: inset(50%); height: 1px; overflow: hidden; }
  table.stack, table.stack tbody, table.stack tr, table.stack td, table.stack th { display: block; width: auto; }
  table.stack tr { border-top: 1px solid var(--line); padding: .6rem 0; }
  table.stack tr:first-child { border-top: 0; padding-top: 0; }
  table.stack td, table.stack th { border: 0; padding: .1rem 0; }
  .list td:nth-child(n) { width: auto; }
  .changes tr.same td:last-child { display: none; }
  table.stack td[data-label]::before { content: attr(data-label) " "; color: var(--soft); font-weight: 400; font-size: .85rem; }
}
.title { font-weight: 600; }
.row-link { display: inline-block; padding: .2rem 0; font-weight: 600; }
.summary { list-style: none; padding: 0; margin: .15rem 0 0; color: var(--soft); font-size: .92rem; }
.summary b { font-weight: 600; color: var(--ink); }
.count { color: var(--soft); font-weight: 400; }
dl { margin: 0; display: grid; grid-template-columns: minmax(0, 1fr); gap: .1rem .9rem; }
dt { color: var(--soft); font-size: .88rem; }
dd { margin: 0 0 .5rem; }
@media (min-width: 44rem) {
  dl.side { grid-template-columns: 10rem minmax(0, 1fr); }
  dl.side dd { margin: 0 0 .25rem; }
}
.model { background: var(--model-back); border: 1px dashed var(--model); }
.model h2 { color: var(--model); }
details { margin: .5rem 0 0; }
summary { cursor: pointer; padding: .3rem 0; min-height: 2rem; }
form { margin: 0; }
fieldset { border: 0; margin: 0; padding: 0; min-width: 0; }
label, legend { display: block; font-weight: 600; font-size: .92rem; margin: .7rem 0 .25rem; padding: 0; }
label.tick { display: flex; gap: .6rem; align-items: flex-start; font-weight: 400; min-height: 2rem; margin: .3rem 0; }
label.tick input { width: 1.25rem; height: 1.25rem; margin: .12rem 0 0; flex: none; }
.hint { color: var(--soft); font-size: .85rem; font-weight: 400; margin: .1rem 0 .3rem; }
select, textarea, input[type="text"] {
  width: 100%; font: inherit; color: var(--ink); background: var(--paper);
  border: 1px solid var(--soft); border-radius: 6px; padding: .55rem .65rem; min-height: 44px;
}
textarea { resize: vertical; }
textarea.code { font-size: .85rem; }
button, .button {
  font: inherit; font-weight: 600; min-height: 44px; padding: .5rem 1.1rem; border-radius: 8px; cursor: pointer;
  border: 1px solid var(--accent); background: var(--card); color: var(--accent); text-decoration: none; display: inline-block;
}
button.approve { background: var(--good); border-color: var(--good); color: var(--card); width: 100%; }
button.refuse { border-color: var(--bad); color: var(--bad); }
button.quiet { border-color: var(--line); color: var(--ink); font-weight: 500; min-height: 36px; padding: .25rem .8rem; }
button:hover { filter: brightness(1.06); }
.buttons { display: flex; flex-wrap: wrap; gap: .6rem; margin-top: .8rem; }
.buttons > button, .buttons > .button { min-width: 8.5rem; text-align: center; }
.decide .buttons > button { flex: 1 1 auto; min-width: 0; padding-inline: .7rem; }
.decide hr { border: 0; border-top: 1px solid var(--line); margin: 1.2rem 0 .4rem; }
.people { list-style: none; padding: 0; margin: 1rem 0 0; display: grid; gap: .6rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 17rem), 1fr)); }
.people { margin-bottom: 1rem; }
.people button { width: 100%; text-align: left; padding: .7rem 1rem; }
.people small { display: block; font-weight: 400; color: var(--soft); }
.asked { list-style: none; margin: 0; padding: 0; }
.asked li { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; align-items: center; border-top: 1px solid var(--line); padding: .5rem 0; }
.asked li:first-child { border-top: 0; padding-top: 0; }
.lead { font-size: 1.15rem; color: var(--soft); }
.timeline { list-style: none; margin: 0; padding: 0; }
.timeline li { position: relative; padding: 0 0 1.1rem 1.6rem; border-left: 2px solid var(--line); margin-left: .5rem; }
.timeline li:last-child { border-left-color: transparent; padding-bottom: 0; }
.timeline li::before { content: ""; position: absolute; left: -.5rem; top: .3rem; width: .85rem; height: .85rem;
  border-radius: 50%; background: var(--card); border: 3px solid var(--soft); }
.timeline li.human::before { border-color: var(--good); background: var(--good); }
.timeline li.agent::before { border-color: var(--model); }
.timeline li.upstream::before { border-color: var(--accent); }
.timeline .what { font-weight: 600; }
.timeline .meta { margin-top: .1rem; }
@media (prefers-reduced-motion: no-preference) { button { transition: filter .1s; } }
@media print { .bar form, .decide form { display: none; } body { background: #fff; } }
`.trim();

/** Changes with the content, so that browsers may keep it. */
export const styleName = `style-${hash('sha256', style).slice(0, 12)}.css`;

/** Two strokes that cross: one signs, another signs against it. */
export const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#14507a"/><path d="M6 17c4-1 5-9 8-9s0 13 3 13 3-7 9-8" fill="none" stroke="#fff" stroke-width="2.6" stroke-linecap="round"/><path d="M7 25.5h18" stroke="#f0a94a" stroke-width="2.6" stroke-linecap="round"/></svg>`;
