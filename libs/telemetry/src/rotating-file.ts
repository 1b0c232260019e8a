import { mkdirSync } from 'node:fs';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface RotatingFileOptions {
  /** Path without its ending: `logs/agent` gives `logs/agent.jsonl`, `logs/agent.1.jsonl`, … */
  readonly path: string;
  /** A file that has grown so far is set aside. */
  readonly rotateBytes: number;
  /** So many files set aside are kept, newest first. */
  readonly keepFiles: number;
}

/**
 * Lines that wait are written together after so long, or once they are so many. Each writing wakes
 * a thread, which costs as much as the lines of a whole case.
 */
const flushEveryMs = 250;
const flushAtChars = 256 * 1024;
/** What may wait while the disk does not answer; then lines are dropped, and counted. */
const waitingMaxChars = 8 * 1024 * 1024;

export interface RotatingFile {
  write(line: string): void;
  /** Writes what waits and closes the file. */
  close(): Promise<void>;
}

/**
 * Appends lines to a file in batches, off the caller's path, and sets it aside when it is full. A
 * disk that fails never stops the product: lines are dropped and `onDropped` says how many, once
 * writing works again.
 * @throws Error when the folder cannot be made
 */
export const rotatingFile = (
  options: RotatingFileOptions,
  droppedLine: (count: number, cause: string) => string,
): RotatingFile => {
  mkdirSync(dirname(options.path), { recursive: true });
  const file = appendTo(options);
  let waiting: string[] = [];
  let waitingChars = 0;
  let dropped = 0;
  let cause = 'the disk is slower than the log';
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> | undefined;

  const take = (): { text: string; lines: number } => {
    const note = dropped > 0 ? droppedLine(dropped, cause) : '';
    const taken = { text: note + waiting.join(''), lines: waiting.length };
    waiting = [];
    waitingChars = 0;
    return taken;
  };
  const flush = async () => {
    clearTimeout(timer);
    timer = undefined;
    while (waiting.length > 0) {
      const noted = dropped;
      const { text, lines } = take();
      try {
        await file.append(text);
        dropped -= noted;
      } catch (error) {
        dropped += lines;
        cause = String(error);
      }
    }
  };
  const startFlush = () => (writing ??= flush().finally(() => (writing = undefined)));
  return {
    write: (line) => {
      if (waitingChars > waitingMaxChars) {
        dropped += 1;
        return;
      }
      waiting.push(line);
      waitingChars += line.length;
      if (waitingChars >= flushAtChars) void startFlush();
      else timer ??= setTimeout(() => void startFlush(), flushEveryMs);
    },
    close: async () => {
      await writing;
      await startFlush();
      await file.close();
    },
  };
};

const appendTo = ({ path, rotateBytes, keepFiles }: RotatingFileOptions) => {
  const name = (n: number) => (n === 0 ? `${path}.jsonl` : `${path}.${n}.jsonl`);
  let handle: FileHandle | undefined;
  let bytes = 0;
  const opened = async (): Promise<FileHandle> => {
    if (handle) return handle;
    handle = await open(name(0), 'a', 0o640);
    bytes = (await handle.stat()).size;
    return handle;
  };
  const close = async () => {
    await handle?.close();
    handle = undefined;
  };
  const setAside = async () => {
    await close();
    await rm(name(keepFiles), { force: true });
    for (let n = keepFiles - 1; n >= 0; n -= 1) {
      await rename(name(n), name(n + 1)).catch(ignoreAbsent);
    }
  };
  return {
    close,
    append: async (text: string) => {
      const buffer = Buffer.from(text);
      await opened();
      if (bytes > 0 && bytes + buffer.length > rotateBytes) await setAside();
      await (await opened()).appendFile(buffer);
      bytes += buffer.length;
    },
  };
};

const ignoreAbsent = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'ENOENT') throw error;
};
