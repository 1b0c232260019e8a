const token = /"(?:[^"\\]|\\.)*"|[{}[\]]/g;
const colon = /\s*:/y;

/**
 * JSON that every reader understands alike: whole, no name twice in an object, no half characters.
 * Undefined for anything else.
 */
export const parseStrictly = (text: string): unknown => {
  try {
    const value: unknown = JSON.parse(text);
    return namesTwice(text, value) || hasHalfCharacter(value) ? undefined : value;
  } catch {
    return undefined;
  }
};

/** Whether some object has a name twice in the text that `value` was read from. */
const namesTwice = (text: string, value: unknown): boolean => {
  // What was named twice is not written again: then the texts differ.
  if (text === JSON.stringify(value)) return false;
  const open: (Set<string> | undefined)[] = [];
  for (const { 0: found, index } of text.matchAll(token)) {
    if (found === '{') open.push(new Set());
    else if (found === '[') open.push(undefined);
    else if (found === '}' || found === ']') open.pop();
    else {
      colon.lastIndex = index + found.length;
      if (!colon.test(text)) continue;
      const name = JSON.parse(found) as string;
      if (open.at(-1)?.has(name)) return true;
      open.at(-1)?.add(name);
    }
  }
  return false;
};

const hasHalfCharacter = (value: unknown): boolean => {
  if (typeof value === 'string') return !value.isWellFormed();
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(
    ([name, part]) => !name.isWellFormed() || hasHalfCharacter(part),
  );
};
