/** The page's only style; the content policy names it by its hash. */
export const style = `
:root { color-scheme: light dark; --line: #8884; --soft: #8881; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 72rem; padding: 1rem; }
header { border-bottom: 3px solid #b45309; margin-bottom: 1.5rem; }
h1 { margin: 0; } h2 { font-size: 1.2rem; margin: 1.5rem 0 .5rem; } header p { margin: 0 0 .75rem; }
form { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; }
input, button { font: inherit; padding: .35rem .6rem; border: 1px solid #888; border-radius: 4px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; }
dt { font-weight: 600; } dd { margin: 0; overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem;
  border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
th { background: var(--soft); white-space: nowrap; }
tr.effect b { color: #15803d; } tr.repeat b { color: #1d4ed8; }
tr.refused b, tr.conflict b { color: #b91c1c; }
@media (prefers-color-scheme: dark) {
  tr.effect b { color: #4ade80; } tr.repeat b { color: #93c5fd; }
  tr.refused b, tr.conflict b { color: #fca5a5; }
}
pre { white-space: pre-wrap; margin: .4rem 0; padding: .5rem; background: var(--soft); }
`;
