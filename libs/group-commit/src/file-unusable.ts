/** Why a file cannot be used now. */
export type Unusable =
  | 'missing-folder'
  | 'not-permitted'
  | 'not-a-database'
  | 'locked'
  | 'disk-full'
  | 'overloaded'
  | 'closed'
  | 'failed';

/** The file cannot be used now: nothing is wrong with the request, asking again may help. */
export class FileUnusable extends Error {
  override readonly name = 'FileUnusable';
  constructor(
    readonly reason: Unusable,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Primary result codes of SQLite that speak of the file and not of the statement. */
const reasons: Readonly<Record<number, Unusable>> = {
  3: 'not-permitted', // PERM
  5: 'locked', // BUSY
  6: 'locked', // LOCKED
  8: 'not-permitted', // READONLY
  10: 'failed', // IOERR
  11: 'not-a-database', // CORRUPT
  13: 'disk-full', // FULL
  14: 'not-permitted', // CANTOPEN: the folder was checked before
  26: 'not-a-database', // NOTADB
};

const meanings: Readonly<Record<Unusable, string>> = {
  'missing-folder': 'its folder does not exist',
  'not-permitted': 'it may not be opened for writing; check the owner and mode of file and folder',
  'not-a-database': 'it is damaged or not a database of this product',
  locked: 'another process is using it; stop that one first',
  'disk-full': 'the disk is full; what was not acknowledged was not written',
  overloaded: 'too many writes are waiting',
  closed: 'it has been closed',
  failed: 'reading or writing it failed',
};

/** The plain-words error for `path`. */
export const unusable = (path: string, reason: Unusable, cause?: unknown): FileUnusable =>
  new FileUnusable(
    reason,
    `${path}: ${meanings[reason]}`,
    cause === undefined ? undefined : { cause },
  );

/** The file's own trouble behind an error of SQLite; undefined when the statement is to blame. */
export const fileTrouble = (path: string, error: unknown): FileUnusable | undefined => {
  if (error instanceof FileUnusable) return error;
  const code = (error as { errcode?: unknown } | null)?.errcode;
  // The low byte is the primary code; the others tell where it happened.
  const reason = typeof code === 'number' ? reasons[code & 0xff] : undefined;
  return reason && unusable(path, reason, error);
};
