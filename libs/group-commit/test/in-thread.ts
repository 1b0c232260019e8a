import { setTimeout as sleep } from 'node:timers/promises';
import type * as lib from '../src/index.js';
import { dyingModule, fewNumbersModule, numbersIn, numbersModule } from './numbers-module.js';

// Runs one scenario on the compiled files, which alone a thread can load, and says what happened.
const built = new URL('../dist/index.js', import.meta.url).href;
const { joinFile, openFile } = (await import(built)) as typeof lib;
const [scenario, path] = process.argv.slice(2) as [string, string];

const open = (modules = [numbersModule]) =>
  openFile({ path, modules, synchronous: 'FULL', thread: true });

const tell = async (work: Promise<unknown>): Promise<unknown> => {
  try {
    return await work;
  } catch (error) {
    const { name, message, reason, errcode } = error as Record<string, unknown>;
    return { name, message, reason, errcode };
  }
};
const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);

const scenarios: Record<string, () => Promise<unknown>> = {
  'answers in order': async () => {
    const file = open();
    const answered: number[] = [];
    const unseen: number[] = [];
    await Promise.all(
      upTo(2_000).map(async (n) => {
        await file.submit('numbers.add', n);
        answered.push(n);
        if (n % 100 === 0 && !numbersIn(file.reader).includes(n)) unseen.push(n);
      }),
    );
    const kept = numbersIn(file.reader);
    await file.close();
    return { answered, unseen, kept };
  },
  'a unit fails': async () => {
    const file = open();
    const outcomes = await Promise.all([
      tell(file.submit('numbers.add', 1)),
      tell(file.submit('numbers.addThenThrow', 2)),
      tell(file.submit('numbers.add', 1)),
      tell(file.submit('numbers.add', 3)),
    ]);
    const kept = numbersIn(file.reader);
    await file.close();
    return { outcomes, kept };
  },
  'the disk is full': async () => {
    const file = open([fewNumbersModule]);
    await file.submit('numbers.add', 1);
    const full = await tell(file.submit('numbers.fill', 200_000));
    const after = await tell(file.submit('numbers.add', 2));
    await file.close();
    return { full, after };
  },
  'closed while groups are underway': async () => {
    const file = open();
    const early = Promise.all(upTo(3_000).map((n) => file.submit('numbers.add', n)));
    await new Promise(setImmediate);
    const late = Promise.all(upTo(100).map((n) => file.submit('numbers.add', 3_000 + n)));
    const closing = Promise.all([file.close(), file.close()]);
    const refused = await tell(file.submit('numbers.add', -1));
    const answers = (await early).length + (await late).length;
    await closing;
    const again = open();
    const kept = numbersIn(again.reader).length;
    await again.close();
    return { answers, kept, refused };
  },
  'the thread dies': async () => {
    const file = open([numbersModule, dyingModule]);
    await file.submit('numbers.add', 1);
    const underway = await Promise.all([
      tell(file.submit('numbers.add', 2)),
      tell(file.submit('thread.exit', null)),
    ]);
    const after = await tell(file.submit('numbers.add', 3));
    const kept = numbersIn(file.reader);
    await file.close();
    return { underway, after, kept };
  },
  'an answer cannot be carried': async () => {
    const file = open([numbersModule, dyingModule]);
    const underway = await tell(file.submit('thread.answerFunction', null));
    await file.close();
    return { underway };
  },
  'arguments cannot be carried': async () => {
    const file = open();
    const refused = await tell(file.submit('numbers.add', () => 0));
    const answers = [await file.submit('numbers.add', 10), await file.submit('numbers.add', 20)];
    const both = await Promise.all([30, 40].map((n) => file.submit('numbers.add', n)));
    await file.close();
    return { refused, answers: [...answers, ...both] };
  },
  'somebody joins': async () => {
    const file = open();
    const joined = joinFile(file.share());
    await joined.wantToHear('positive');
    const heard: number[] = [];
    const inOrder: number[] = [];
    joined.hearOthers(({ args, answer }) => {
      heard.push(args as number);
      inOrder.push(answer as number);
    });
    const own = async (n: number) => inOrder.push(await joined.submit<number>('numbers.add', n));
    for (let n = 0; n < 300; n += 3) {
      await Promise.all([
        file.submit('numbers.add', n),
        own(n + 1),
        tell(file.submit('numbers.addThenThrow', n + 2)),
      ]);
    }
    const kept = numbersIn(joined.reader);
    await joined.close();
    const after = await file.submit('numbers.add', -1);
    const refused = await tell(joined.submit('numbers.add', -2));
    await file.close();
    return { heard, inOrder, kept, after, refused };
  },
  'somebody joins who wants little': async () => {
    const file = open();
    const joined = joinFile(file.share());
    const heard: unknown[] = [];
    joined.hearOthers(({ args, answer }) => heard.push(args ?? `up to ${String(answer)}`));
    await Promise.all([joined.wantToHear('negative'), joined.wantToHear('negative')]);
    await Promise.all([1, -2, 3, 4].map((n) => file.submit('numbers.add', n)));
    await Promise.all([5, 6].map((n) => file.submit('numbers.add', n)));
    const until = performance.now() + 5_000;
    while (heard.at(-1) !== 'up to 6' && performance.now() < until) await sleep(1);
    await joined.close();
    await file.close();
    return { heard };
  },
  'one write encloses another': async () => {
    const file = open();
    const joined = joinFile(file.share());
    await joined.wantToHear('positive');
    const heard: string[] = [];
    joined.hearOthers(({ operation, args }) => heard.push(`${operation} ${String(args)}`));
    const enclosure = file.enclose('numbers.add', 2, (place) => heard.push(`own at ${place}`));
    const place = await file.submit('numbers.addBoth', 1, { enclosure });
    const alone = await joined.submit('numbers.add', 3);
    const kept = numbersIn(file.reader);
    await joined.close();
    await file.close();
    return { place, alone, heard: heard.sort(), kept };
  },
  'the thread dies while somebody has joined': async () => {
    const file = open([numbersModule, dyingModule]);
    const joined = joinFile(file.share());
    const underway = await Promise.all([
      tell(joined.submit('numbers.add', 1)),
      tell(joined.submit('thread.exit', null)),
    ]);
    const after = await tell(joined.submit('numbers.add', 2));
    await joined.close();
    await file.close();
    return { underway, after };
  },
  'it is not written in a thread': async () => {
    const file = openFile({ path, modules: [numbersModule], synchronous: 'FULL' });
    const refused = await tell(Promise.resolve().then(() => file.share()));
    await file.close();
    return { refused };
  },
  'a module has no source': async () => {
    const { source: _, ...module } = numbersModule;
    const refused = await tell(Promise.resolve().then(() => open([module])));
    // It let go of the file again.
    await open().close();
    return { refused };
  },
};

console.log(JSON.stringify(await scenarios[scenario]!()));
