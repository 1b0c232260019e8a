import type { DatabaseSync } from 'node:sqlite';

/** Which streams were ever begun, for those that begin now: most reads are of one of them. */
export interface BegunStreams {
  /** False only when it was not, as far as this store is told of everything that begins. */
  mayBe(stream: string): boolean;
  begins(stream: string): void;
  close(): void;
}

/** Ten bits for each of three million names; with more of them the file is asked more often. */
const bits = 2 ** 25;
const hashes = 4;
/** Names that one read takes from the file, about a millisecond; then others get a turn. */
const namesAtOnce = 1_000;

/**
 * A Bloom filter over the names in the file, read in the background; until it has them all every
 * stream may have been begun. It spares a look into the file, whose pages are read anew after each
 * commit.
 */
export const begunStreams = (db: DatabaseSync): BegunStreams => {
  const filter = new Uint32Array(bits / 32);
  const next = db.prepare('select id, name from streams where id > ? order by id limit ?');
  let complete = false;
  let closed = false;
  let read = 0;

  const begins = (stream: string) => {
    for (const bit of bitsOf(stream)) filter[bit >>> 5]! |= 1 << (bit & 31);
  };
  const readOn = () => {
    if (closed) return;
    const rows = next.all(read, namesAtOnce) as unknown as { id: number; name: string }[];
    for (const { name } of rows) begins(name);
    read = rows.at(-1)?.id ?? read;
    complete = rows.length < namesAtOnce;
    if (!complete) setImmediate(readOn);
  };
  setImmediate(readOn);
  return {
    mayBe: (stream) =>
      !complete || bitsOf(stream).every((bit) => (filter[bit >>> 5]! & (1 << (bit & 31))) !== 0),
    begins,
    close: () => void (closed = true),
  };
};

/** Double hashing: places at equal distances, which two hashes of the name choose. */
const bitsOf = (name: string): number[] => {
  let one = 0x811c9dc5;
  let other = 0x9e3779b9;
  for (let n = 0; n < name.length; n += 1) {
    const code = name.charCodeAt(n);
    one = Math.imul(one ^ code, 0x01000193);
    other = Math.imul(other ^ code, 0x85ebca6b) ^ (other >>> 13);
  }
  const places: number[] = [];
  for (let n = 0; n < hashes; n += 1) places.push(((one + n * (other | 1)) >>> 0) % bits);
  return places;
};
