/** Every text and number in a JSON value, as text; names of fields too, since anybody may choose them. */
export const textsIn = (value: unknown): readonly string[] => {
  if (typeof value === 'string') return [value];
  if (typeof value === 'number') return [String(value)];
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return Object.entries(value).flatMap(([name, part]) => [name, ...textsIn(part)]);
};

/** Whether `wanted` stands in one of the texts as a word of its own: `A-10` is not in `A-1001`. */
export const mentions = (texts: readonly string[], wanted: string): boolean => {
  const word = wanted.toLowerCase();
  return texts.some((text) => {
    const within = text.toLowerCase();
    for (let at = within.indexOf(word); at !== -1; at = within.indexOf(word, at + 1)) {
      if (!partOfWord(within[at - 1]) && !partOfWord(within[at + word.length])) return true;
    }
    return false;
  });
};

const partOfWord = (sign: string | undefined): boolean =>
  sign !== undefined && /[\p{L}\p{N}]/u.test(sign);
