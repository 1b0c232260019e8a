import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startKeyedModel, type KeyedModel } from './keyed-model.js';
import { blocksOf, pageAt } from './pages.js';
import { startProductOfReader, type StartedProduct } from './started-product.js';

const key = 'sk-only-for-this-model-0123456789';
const otherKey = 'sk-of-somebody-else-9876543210';
/** As they stand in README.md. */
const named = { url: 'https://models.example/v1', id: 'some-model', keyFile: 'model.key' };

const blockWith = (words: string): string =>
  blocksOf(pageAt('README.md')).find(({ content }) => content.includes(words))!.content;

const patienceMs = 30_000;
/** While a command runs, the model of this process answers nobody. */
const betweenLooksMs = 250;

/** Sends the ticket of README.md; waits until its case is in the state. */
const ticketUntil = async (product: StartedProduct, state: string): Promise<void> => {
  const sent = product.run(blockWith('my-first-ticket'));
  expect(sent).toMatchObject({ status: 0 });
  const startedAt = Date.now();
  for (;;) {
    await sleep(betweenLooksMs);
    const { output } = product.run('./countersign case list --json');
    if (output.includes(`"state":"${state}"`)) return;
    if (Date.now() - startedAt > patienceMs) throw new Error(`not ${state}: ${output}`);
  }
};

const pathsIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());

/** Files of the data folder, logs and store among them, in which the text stands. */
const filesWith = ({ folder }: StartedProduct, text: string): string[] =>
  pathsIn(join(folder, 'data')).filter((path) => readFileSync(path).includes(text));

const startWith = (model: KeyedModel, given: string): Promise<StartedProduct> =>
  startProductOfReader({
    command: blockWith('MODEL_BASE_URL=').replace(named.url, model.url),
    files: { [named.keyFile]: `${given}\n` },
  });

describe('a model that is plugged in as README.md says', () => {
  let model: KeyedModel;
  let product: StartedProduct;
  beforeAll(async () => {
    model = await startKeyedModel(named.id, key);
    product = await startWith(model, key);
    await ticketUntil(product, 'awaiting-approval');
  }, 120_000);
  afterAll(async () => {
    await product?.stop();
    await model?.close();
  }, 20_000);

  it('is asked for by its id and with its key', () => {
    expect(model.asked.length).toBeGreaterThan(1);
    for (const call of model.asked) {
      expect(call).toEqual({ authorization: `Bearer ${key}`, model: named.id, answered: 200 });
    }
  });

  it('is named where the product says what answers where, and in its proposal', () => {
    expect(product.printed()).toContain(`${model.url} (${named.id})`);
    expect(product.printed()).not.toContain('scripted model');
    const shown = product.run(
      './countersign approval show "$(./countersign approval list --json | grep -o \'"proposalId":"[^"]*"\' | cut -d \'"\' -f 4)" --json',
    );
    expect(shown.output).toContain(named.id);
  });

  it('I23 has its key in no line that is printed, no log and no event', async () => {
    expect(product.run('./countersign config').output).toContain('MODEL_API_KEY');
    expect(product.run('./countersign config').output).not.toContain(key);
    await product.end();
    expect(product.printed()).not.toContain(key);
    expect(filesWith(product, 'AgentRunAccepted').join()).toContain('/store.sqlite');
    expect(filesWith(product, '"service":"agent"')).not.toEqual([]);
    expect(filesWith(product, key)).toEqual([]);
  });
});

describe('a model whose key is wrong', () => {
  let model: KeyedModel;
  let product: StartedProduct;
  beforeAll(async () => {
    model = await startKeyedModel(named.id, key);
    product = await startWith(model, otherKey);
    await ticketUntil(product, 'assisted');
  }, 120_000);
  afterAll(async () => {
    await product?.stop();
    await model?.close();
  }, 20_000);

  it('leaves the case to people', () => {
    expect([...new Set(model.asked.map(({ answered }) => answered))]).toEqual([401]);
  });

  it('I23 has what it says of the key in no line that is printed, no log and no event', async () => {
    await product.end();
    expect(product.printed()).not.toContain(otherKey);
    expect(filesWith(product, '"service":"agent"')).not.toEqual([]);
    expect(filesWith(product, otherKey)).toEqual([]);
  });
});
