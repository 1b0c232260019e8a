import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A page of the documentation. */
export interface Page {
  /** Relative to the root of the repository. */
  readonly path: string;
  readonly text: string;
}

/** A fenced block: its language, the words after it, and its content. */
export interface Block {
  readonly page: string;
  readonly line: number;
  readonly language: string;
  readonly words: readonly string[];
  readonly content: string;
}

const passedOver = new Set(['node_modules', 'dist', 'data', 'coverage']);

const pathsIn = (folder: string): readonly string[] =>
  readdirSync(folder || '.', { withFileTypes: true }).flatMap((entry) => {
    if (passedOver.has(entry.name) || entry.name.startsWith('.')) return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return pathsIn(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });

/** Every Markdown page of the repository, by path. */
export const pages: readonly Page[] = pathsIn('')
  .map((path) => ({ path, text: readFileSync(path, 'utf8') }))
  .sort((a, b) => (a.path < b.path ? -1 : 1));

export const pageAt = (path: string): Page => {
  const page = pages.find((one) => one.path === path);
  if (!page) throw new Error(`there is no page ${path}`);
  return page;
};

const fence = /^```(\w*)([^\n]*)\n([^]*?)^```$/gm;

export const blocksOf = ({ path, text }: Page): readonly Block[] =>
  [...text.matchAll(fence)].map(({ 1: language, 2: words, 3: content, index }) => ({
    page: path,
    line: text.slice(0, index).split('\n').length,
    language: language!,
    words: words!.trim().split(/\s+/).filter(Boolean),
    content: content!,
  }));

/** The prose of a page: fenced blocks are not part of it. */
export const proseOf = ({ text }: Page): string => text.replace(fence, '');

/** What stands in backticks in the prose. */
export const codesOf = (page: Page): readonly string[] =>
  [...proseOf(page).matchAll(/`([^`\n]+)`/g)].map(([, code]) => code!);

/** Commands that a page tells its reader to type: its shell blocks, and what its prose names. */
export const commandsOf = (page: Page): readonly string[] => [
  ...blocksOf(page)
    .filter(({ language }) => language === 'sh')
    .flatMap(({ content }) => content.replaceAll('\\\n', ' ').split('\n')),
  ...codesOf(page),
];

/** The rows of the table whose head begins with this cell; cells as they stand. */
export const rowsUnder = ({ text }: Page, head: string): readonly (readonly string[])[] => {
  const lines = text.split('\n');
  const at = lines.findIndex((line) => line.startsWith(`| ${head} |`));
  if (at === -1) throw new Error(`no table begins with ${head}`);
  const end = lines.findIndex((line, n) => n > at && !line.startsWith('|'));
  return lines.slice(at + 2, end === -1 ? undefined : end).map((line) =>
    line
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim()),
  );
};
