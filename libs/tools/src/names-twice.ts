const token = /"(?:[^"\\]|\\.)*"|[{}[\]]/g;
const colon = /\s*:/y;

/** Whether some object has a name twice in the text that `parsed` was read from. */
export const namesTwice = (text: string, parsed: unknown): boolean => {
  // What was named twice is not written again: then the texts differ.
  if (text === JSON.stringify(parsed)) return false;
  const open: (Set<string> | undefined)[] = [];
  for (const { 0: found, index } of text.matchAll(token)) {
    if (found === '{') open.push(new Set());
    else if (found === '[') open.push(undefined);
    else if (found === '}' || found === ']') open.pop();
    else {
      colon.lastIndex = index + found.length;
      if (!colon.test(text)) continue;
      const names = open.at(-1);
      const name = JSON.parse(found) as string;
      if (names?.has(name)) return true;
      names?.add(name);
    }
  }
  return false;
};
