/**
 * Signs that a person does not see or that turn the order of what they see: bidi controls, zero
 * width, tags, variation selectors in runs, soft hyphens, private use, and control characters.
 * A zero-width joiner between emoji and the joiners of Indic and Arabic scripts are ordinary.
 */
const hidden =
  /[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c\u200b\u2060-\u2064\u180e\ufeff\u00ad\ufff9-\ufffb\p{Co}\u{e0000}-\u{e007f}\u{e0100}-\u{e01ef}]|[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]|[\ufe00-\ufe0f]{2,}|(?<=[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{N}])[\u200c\u200d]/u;

export const hasHiddenCharacters = (text: string): boolean => hidden.test(text);
