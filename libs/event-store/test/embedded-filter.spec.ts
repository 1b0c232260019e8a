import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { openFile } from '@countersign/group-commit';
import { numbered } from '../src/conformance/harness.js';
import { embeddedStore } from '../src/embedded/embedded-store.js';
import { freezePlainJson } from '../src/embedded/plain-json.js';
import { eventStoreWriter } from '../src/embedded/writer.js';
import { scratchFolder } from './scratch-folder.js';

const folder = scratchFolder();
/** Few characters, so that prefixes meet; the last one sorts differently in UTF-8 and UTF-16. */
const name = fc.string({
  unit: fc.constantFrom('a', 'b', '-', 'é', '\u{1F600}', '\uFFFD'),
  maxLength: 5,
});

describe('a subscription', () => {
  it('gets exactly the streams with a prefix of its own, from history and live alike', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(
          name.filter((text) => text !== ''),
          { minLength: 1, maxLength: 12 },
        ),
        fc.array(name, { minLength: 1, maxLength: 4 }),
        async (streams, prefixes) => {
          const path = join(mkdtempSync(join(folder, 'f')), 'events.db');
          const file = openFile({ path, modules: [eventStoreWriter], synchronous: 'OFF' });
          const store = embeddedStore(file);
          const follow = () => {
            const seen: string[] = [];
            const deliver = ({ events }: { events: readonly { stream: string }[] }) =>
              void seen.push(...events.map(({ stream }) => stream));
            return { seen, subscription: store.subscribe({ prefixes, deliver }) };
          };
          const live = follow();
          await live.subscription.caughtUp;
          for (const stream of streams) await store.append(stream, 'no-stream', [numbered(0)]);
          const history = follow();
          await history.subscription.caughtUp;
          await store.close();
          await file.close();
          const wanted = streams.filter((stream) => prefixes.some((p) => stream.startsWith(p)));
          expect(history.seen).toEqual(wanted);
          expect(live.seen).toEqual(wanted);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('what is handed over without reading it back', () => {
  it('equals what reading it back would give, and nobody can change it', () => {
    const anything = fc.anything({ withDate: true, withSparseArray: true, withMap: true });
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue({ noUnicodeString: false }), anything), (value) => {
        if (!freezePlainJson(value)) return;
        expect(JSON.parse(JSON.stringify(value))).toStrictEqual(value);
        expect(Object.isFrozen(value)).toBe(true);
      }),
    );
  });

  it('covers plain JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const plain = JSON.parse(JSON.stringify(value)) as unknown;
        expect(freezePlainJson(plain)).toBe(true);
      }),
    );
    expect(freezePlainJson({ a: [1, null, { b: 'x' }] })).toBe(true);
    for (const value of [undefined, { a: undefined }, [Number.NaN], -0, new Date(), [() => 1]]) {
      expect(freezePlainJson(value)).toBe(false);
    }
  });
});
