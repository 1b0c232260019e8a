// node deploy/place.js FROM=TO… FROM?=TO…: puts files where others expect them, whole or not at all.
// `=` replaces what is there when it differs, `?=` leaves whatever is there. FROM may name a text in a
// JSON file, as keys.json#read.
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

const contentOf = (from) => {
  const [file, field] = from.split('#');
  const bytes = readFileSync(file);
  if (field === undefined) return bytes;
  const text = JSON.parse(bytes)[field];
  if (typeof text !== 'string') throw new Error(`${file} has no text ${field}`);
  return Buffer.from(text);
};

const standsAt = (to) => {
  try {
    return readFileSync(to);
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
};

const place = (from, to, keep) => {
  const there = standsAt(to);
  if (there !== undefined && keep) return;
  const content = contentOf(from);
  if (there?.equals(content)) return;
  const unfinished = `${to}.${process.pid}-${process.hrtime.bigint()}`;
  writeFileSync(unfinished, content, { mode: 0o600, flush: true });
  if (!keep) return renameSync(unfinished, to);
  try {
    // Unlike a rename it fails when somebody else was first.
    linkSync(unfinished, to);
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  } finally {
    rmSync(unfinished);
  }
};

const pairs = process.argv.slice(2).map((pair) => /^([^=?]+)(\??)=(.+)$/.exec(pair));
try {
  if (pairs.length === 0 || pairs.includes(null)) throw new Error('write FROM=TO or FROM?=TO');
  for (const [, from, keep, to] of pairs) place(from, to, keep === '?');
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
