import { namesTwice } from '@countersign/tools';

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

const hasHalfCharacter = (value: unknown): boolean => {
  if (typeof value === 'string') return !value.isWellFormed();
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(
    ([name, part]) => !name.isWellFormed() || hasHalfCharacter(part),
  );
};
