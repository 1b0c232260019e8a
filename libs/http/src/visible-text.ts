/**
 * Characters that change how other text looks, or that nobody sees: controls, formats (bidi,
 * zero-width, tags), other invisible ones, line separators, half characters. Not tab and newline.
 */
const unseen = /[[\p{Cc}\p{Cf}\p{DI}\p{Zl}\p{Zp}\p{Cs}]--[\t\n]]/v;
const unseenAll = new RegExp(unseen, 'gv');

/** Whether text holds characters that could hide or reorder something. */
export const hidesSomething = (text: string): boolean => unseen.test(text);

/** The text with such characters written out, as ⟦U+202E⟧: people see what is there. */
export const visibleText = (text: string): string =>
  text.replace(unseenAll, (character) => {
    const code = character.codePointAt(0)!.toString(16).toUpperCase();
    return `⟦U+${code.padStart(4, '0')}⟧`;
  });
