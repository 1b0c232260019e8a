import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { blocksOf, pageAt, pages, type Block } from './pages.js';
import { startProductOfReader, type StartedProduct } from './started-product.js';

let product: StartedProduct;
beforeAll(async () => {
  product = await startProductOfReader();
}, 90_000);
afterAll(async () => {
  await product?.stop();
}, 20_000);

/** Run by CI itself, or too long: what stands for them here. */
const standIns: readonly (readonly [command: string, instead: string])[] = [
  // .ci/run installs and runs the tests, see below; the product of this test is `npm start`.
  ['npm ci && npm start', ':'],
  ['npm ci && npm test', ':'],
  ['npm run demo:approve', 'npm run demo:approve -- --short'],
  ['npm run demo', 'npm run demo -- --short'],
];

const asRunHere = (content: string): string =>
  content
    .split('\n')
    .map((line) => standIns.find(([command]) => command === line)?.[1] ?? line)
    .join('\n');

const isRun = ({ language, words }: Block) => language === 'sh' && !words.includes('parsed');

/** The blocks of one page, in one shell, as a reader types them from top to bottom. */
const scriptOf = (blocks: readonly Block[]): string =>
  blocks
    .map(({ page, line, words, content }) => {
      const script = asRunHere(content);
      const place = `${page}:${line}`;
      if (!words.includes('fails')) return `echo '── ${place}'\n${script}`;
      return `echo '── ${place}, which must fail'\nif (set -e; ${script}); then exit 9; fi`;
    })
    .join('\n');

const runPages = pages
  .map((page) => ({ path: page.path, blocks: blocksOf(page).filter(isRun) }))
  .filter(({ blocks }) => blocks.length > 0)
  // The demo CRM's page leaves a fault behind.
  .sort((a, b) => Number(a.path.includes('demo-crm')) - Number(b.path.includes('demo-crm')));

describe('the commands of a page do what the page says (E23)', () => {
  it('npm start prints where everything is, and a curl that works as it is pasted', () => {
    const printed = product.printed();
    expect(printed).toContain('open this and sign in as ana');
    const paste = printed.slice(printed.indexOf('TOKEN='), printed.indexOf('Watch it:'));
    const { status, output } = product.run(paste);
    expect(output).toContain('"status":"accepted"');
    expect(status).toBe(0);
  });

  const runPage = ({ blocks }: (typeof runPages)[number]) => {
    const { status, output } = product.run(scriptOf(blocks));
    expect({ status, output: status === 0 ? '' : output }).toEqual({ status: 0, output: '' });
  };
  // A page has dozens of commands, each a process of its own.
  it.each(runPages)('$path', runPage, 60_000);

  it('npm run event-store prints what its page shows, and ends on Ctrl-C', async () => {
    const [command, shown] = blocksOf(pageAt('docs/event-store-dev.md'));
    const anyPorts = (text: string) => text.replace(/:\d{4,}/g, ':(port)').trim();
    const store = await startProductOfReader({ command: command!.content, last: '.db\n' });
    await store.end();
    const printed = store.printed();
    await store.stop();
    expect(anyPorts(printed)).toContain(anyPorts(shown!.content));
    expect(printed).toContain('Countersign development event store: stopped');
  }, 90_000);

  it('has CI install and run the tests as the pages say', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      scripts: Record<string, string>;
    };
    const ci = readFileSync('.ci/run', 'utf8');
    expect(ci).toMatch(/^npm ci\b/m);
    expect(ci).toMatch(/^ *npx --yes npm@10 ci\b/m);
    expect(ci).toMatch(/^npm run -s verify$/m);
    expect(scripts['verify']).toMatch(/\bnpm test\b/);
    expect(scripts['test']).toMatch(/\bnode tools\/test\.js$/);
    // The suites of `npm run test:commands` and `npm run test:services`, by the same program.
    for (const kind of ['commands', 'services']) {
      const [suites] = /--config \S+/.exec(scripts[`test:${kind}`]!)!;
      expect(scripts[`test:${kind}`]).toContain(`node tools/test.js ${suites}`);
      expect(scripts['verify']).toContain(suites);
    }
  });

  it('Ctrl-C drains and ends well', async () => {
    await product.stop();
    expect(product.printed()).toContain('stopped: nothing is lost');
  });
});
