import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  write,
  writeSync,
} from 'node:fs';
import { promisify } from 'node:util';

const chunkBytes = 1 << 20;
const newline = 10;
const writeBytes = promisify(write);
const flushToDisk = promisify(fdatasync);

/** An append-only file of lines. What was promised survives SIGKILL, and with `fsync` power loss. */
export interface LedgerFile {
  readonly count: number;
  /** Resolves when the line is as durable as `fsync` says. Lines keep the order of the calls. */
  append(line: string): Promise<void>;
  /** Lines `from` (0 is the first) up to but not including `to`, of those that are durable. */
  read(from: number, to: number): readonly string[];
  close(): Promise<void>;
}

/**
 * @param onLine told every line that is there already, in order
 * @throws the file system's error when the file cannot be opened or read
 */
export const openLedgerFile = (
  path: string,
  fsync: boolean,
  onLine: (line: string) => void,
): LedgerFile => {
  const file = openSync(path, 'a+', 0o600);
  const starts: number[] = [];
  let end = readLines(file, (line, start) => {
    starts.push(start);
    onLine(line);
  });
  // A line cut by a crash was never answered: it did not happen.
  if (fstatSync(file).size > end) ftruncateSync(file, end);

  let closed = false;
  const note = (line: string) => {
    starts.push(end);
    end += Buffer.byteLength(line);
  };
  const flush = flushedTogether(file, note);

  return {
    get count() {
      return starts.length;
    },
    append: (text) => {
      // A closed descriptor's number may belong to another file by now.
      if (closed) return Promise.reject(new Error('the ledger is closed'));
      const line = `${text}\n`;
      if (!fsync) {
        writeSync(file, line);
        note(line);
        return Promise.resolve();
      }
      return flush.add(line);
    },
    read: (from, to) => {
      const last = Math.min(to, starts.length);
      if (from >= last) return [];
      const begin = starts[from]!;
      const bytes = Buffer.alloc((starts[last] ?? end) - begin);
      readSync(file, bytes, 0, bytes.length, begin);
      return bytes.toString('utf8').split('\n').slice(0, -1);
    },
    close: async () => {
      if (closed) return;
      closed = true;
      await flush.idle();
      if (!fsync) fdatasyncSync(file);
      closeSync(file);
    },
  };
};

/** All lines that wait share one write and one flush to disk. */
const flushedTogether = (file: number, written: (line: string) => void) => {
  const waiting: { line: string; done: () => void; failed: (error: unknown) => void }[] = [];
  let flushing: Promise<void> | undefined;
  let broken: unknown;
  const flushAll = async () => {
    while (waiting.length > 0) {
      const batch = waiting.splice(0);
      try {
        if (broken) throw broken as Error;
        await writeAll(file, Buffer.from(batch.map(({ line }) => line).join('')));
        await flushToDisk(file);
        for (const { line, done } of batch) {
          written(line);
          done();
        }
      } catch (error) {
        // State in memory is ahead of the file now: nothing more may be promised.
        broken = error;
        for (const { failed } of batch) failed(error);
      }
    }
    flushing = undefined;
  };
  return {
    add: (line: string) =>
      new Promise<void>((done, failed) => {
        waiting.push({ line, done, failed });
        flushing ??= Promise.resolve().then(flushAll);
      }),
    idle: async () => flushing,
  };
};

/** `write` may take less than it was given. */
const writeAll = async (file: number, bytes: Buffer): Promise<void> => {
  for (let done = 0; done < bytes.length;) {
    done += (await writeBytes(file, bytes, done, bytes.length - done)).bytesWritten;
  }
};

/** Tells every whole line with its offset; returns where the last whole line ends. */
const readLines = (file: number, tell: (line: string, start: number) => void): number => {
  const chunk = Buffer.alloc(chunkBytes);
  let carried = Buffer.alloc(0);
  let start = 0;
  for (let at = 0; ;) {
    const read = readSync(file, chunk, 0, chunk.length, at);
    if (read === 0) return start;
    at += read;
    let rest = Buffer.concat([carried, chunk.subarray(0, read)]);
    for (let stop = rest.indexOf(newline); stop >= 0; stop = rest.indexOf(newline)) {
      tell(rest.toString('utf8', 0, stop), start);
      start += stop + 1;
      rest = rest.subarray(stop + 1);
    }
    carried = rest;
  }
};
