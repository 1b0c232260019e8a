import type { DatabaseSync } from 'node:sqlite';
import type { WriterModule } from '../src/port.js';

/** Keeps numbers once each: enough to see what was written, in which order, and what was undone. */
export const numbersModule: WriterModule = {
  source: { url: import.meta.url, name: 'numbersModule' },
  told: { 'numbers.add': (n: number) => [n < 0 ? 'negative' : 'positive'] },
  schema: 'create table if not exists numbers (place integer primary key, n integer unique)',
  prepare: (db: DatabaseSync) => {
    const insert = db.prepare('insert into numbers (n) values (?)');
    return {
      'numbers.add': (n: number) => Number(insert.run(n).lastInsertRowid),
      'numbers.addBoth': (n: number, writeEnclosed: () => void) => {
        const place = Number(insert.run(n).lastInsertRowid);
        writeEnclosed();
        return place;
      },
      'numbers.addThenThrow': (n: number) => {
        insert.run(n);
        throw new RangeError(`not ${n}`);
      },
      'numbers.fill': (bytes: number) => void insert.run('x'.repeat(bytes)),
    };
  },
};

/** The same on a small disk: SQLite answers a page limit with the code of a full one. */
export const fewNumbersModule: WriterModule = {
  ...numbersModule,
  source: { url: import.meta.url, name: 'fewNumbersModule' },
  schema: `pragma max_page_count = 20; ${numbersModule.schema}`,
};

/** Ends the thread that it runs in, as a crash would. */
export const dyingModule: WriterModule = {
  source: { url: import.meta.url, name: 'dyingModule' },
  schema: 'select 1',
  prepare: () => ({
    'thread.exit': () => process.exit(7),
    'thread.answerFunction': () => () => 0,
  }),
};

/** Every number in the order in which it was written. */
export const numbersIn = (db: DatabaseSync): number[] =>
  (db.prepare('select n from numbers order by place').all() as { n: number }[]).map(({ n }) => n);
