import type { ConfigFile } from '@countersign/configuration';
import type { DefinitionKind } from '@countersign/contracts';
import { keep, type KeptDocument } from './documents.js';

/** A document of the configuration folder, and the file that it stands in. */
export interface Entry {
  readonly kept: KeptDocument;
  readonly file: Pick<ConfigFile<unknown>, 'path' | 'problemAt'>;
}

export const entry = (
  kind: DefinitionKind,
  name: string,
  version: number,
  document: unknown,
  file: Entry['file'],
): Entry => ({ kept: keep(kind, { name, version }, document), file });

export const nameOf = ({ kept }: Entry): string => `${kept.name}@${kept.version}`;

/**
 * The document that a file means by `name` or `name@version`; a bare name must leave no choice.
 * Otherwise what is wrong, in the words of the file.
 */
export const find = (
  entries: readonly Entry[],
  kind: DefinitionKind,
  written: string,
): Entry | { readonly problem: string } => {
  const ofKind = entries.filter(({ kept }) => kept.kind === kind);
  const exact = ofKind.find((one) => nameOf(one) === written);
  if (exact) return exact;
  const named = ofKind.filter(({ kept }) => kept.name === written);
  const choices = [...new Set(named.map(nameOf))];
  if (choices.length === 1) return named[0]!;
  if (choices.length > 1) {
    return { problem: `which "${written}"? write ${choices.join(' or ')}` };
  }
  const known = ofKind.map(nameOf).join(', ') || 'none';
  return { problem: `there is no ${kind} "${written}" (there are: ${known})` };
};

/** A name and version means one document: two files must not both claim it. */
export const clashesIn = (entries: readonly Entry[]): readonly string[] => {
  const first = new Map<string, Entry>();
  return entries.flatMap((one) => {
    const key = `${one.kept.kind} ${nameOf(one)}`;
    const other = first.get(key);
    first.set(key, other ?? one);
    if (!other) return [];
    return [one.file.problemAt([], `${key} stands in ${other.file.path} as well`)];
  });
};
