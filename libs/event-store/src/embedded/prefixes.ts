import { isSystemStream, kindOf } from './stream-name.js';

/** The fewest prefixes that match the same streams. @throws TypeError for system streams */
export const distinctPrefixes = (prefixes: readonly string[]): readonly string[] => {
  if (prefixes.length === 0) throw new TypeError('a subscription needs at least one prefix');
  const distinct: string[] = [];
  for (const prefix of [...prefixes].sort()) {
    if (isSystemStream(prefix)) throw new TypeError(`${prefix}: system streams are not delivered`);
    // Sorted, a prefix comes right before those that it covers.
    const last = distinct.at(-1);
    if (last === undefined || !prefix.startsWith(last)) distinct.push(prefix);
  }
  return distinct;
};

export const matches = (prefixes: readonly string[], stream: string): boolean => {
  for (const prefix of prefixes) if (stream.startsWith(prefix)) return true;
  return false;
};

/**
 * Selects the events of these prefixes in order of `seq`, after `:after` up to `:to`, at most
 * `:limit`. Each prefix walks its own kind in the index, and SQLite merges the walks as it goes:
 * events that do not match are not read, and nothing is sorted.
 */
export const eventsOfPrefixes = (prefixes: readonly string[]): { sql: string; values: Values } => {
  const values: Values = {};
  const walks = prefixes.map((prefix, n) => {
    const kind = kindOf(prefix);
    values[`from${n}`] = prefix;
    values[`until${n}`] = `${prefix}${lastCharacter}`;
    if (kind !== undefined) values[`kind${n}`] = kind;
    return `
      select e.seq, s.name as stream, e.revision, e.id, e.type, e.data, e.metadata
      from events e ${kind === undefined ? 'not indexed' : 'indexed by events_by_kind'}
      cross join streams s on s.id = e.stream
      where e.seq > :after and e.seq <= :to
        and e.kind ${kind === undefined ? "<> '$'" : `= :kind${n}`}
        and s.name >= :from${n} and s.name < :until${n}`;
  });
  return { sql: `${walks.join(' union all ')} order by seq limit :limit`, values };
};

export type Values = Record<string, string | number>;
const lastCharacter = '\u{10FFFF}';
