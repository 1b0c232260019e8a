export const languages = ['en', 'de', 'fr', 'es'] as const;
export type Language = (typeof languages)[number];

const words: Record<Language, string> = {
  en: 'the and my i is are was please not for have with you your this that it of to would where when',
  de: 'ich und die der das bitte nicht meine mein meiner ist für eine einen habe sie wurde wo wann mit auf',
  fr: 'je le les et ma mon est pas pour vous une des du suis bonjour merci avec que où quand mes sur',
  es: 'el los y mi por favor una del que con para hola gracias he está pedido mis muy cuándo dónde quiero',
};

const languageOfWord = new Map(
  languages.flatMap((language) =>
    words[language].split(' ').map((word): [string, Language] => [word, language]),
  ),
);

/** The language that most of the small words belong to; English when none do. */
export const languageOf = (text: string): Language => {
  const counts = { en: 0, de: 0, fr: 0, es: 0 };
  for (const word of text.toLowerCase().match(/\p{L}+/gu) ?? []) {
    const language = languageOfWord.get(word);
    if (language) counts[language] += 1;
  }
  return languages.reduce((best, language) => (counts[language] > counts[best] ? language : best));
};
