// Draws docs/case-lifecycle.md from config/workflows: npm run build && node tools/draw-lifecycle.js
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const definitions = new URL('../services/orchestrator/dist/definitions/', import.meta.url);
const { readDefinitions } = await import(new URL('read-definitions.js', definitions));
const { drawLifecycle } = await import(new URL('draw-lifecycle.js', definitions));
const root = fileURLToPath(new URL('..', import.meta.url));
mkdirSync(`${root}docs`, { recursive: true });
const page = `${root}docs/case-lifecycle.md`;
writeFileSync(page, drawLifecycle(readDefinitions(`${root}config`).definitions));
console.log(`drew ${page}`);
