// Phrases by which a text speaks to a machine instead of to people. A heuristic that warns the
// approver; nothing is allowed or refused by it.

/** Verb of overriding, near a word for what was said before: the commonest attack, by language. */
const overriding: readonly (readonly [verbs: string, objects: string])[] = [
  [
    'ignore|disregard|forget|override|bypass|skip|do not follow|stop following',
    'instruction|prompt|rule|guideline|direction|command|polic|everything (?:above|before)|previous|prior|above',
  ],
  [
    'ignorier|vergiss|vergesse|missachte|ueberschreib|uberschreib|umgehe|befolge nicht|beachte nicht',
    'anweisung|instruktion|regel|vorgabe|richtlinie|befehl|bisherige|vorherige|obige',
  ],
  [
    'ignore|oublie|ne tiens? pas compte|ne tenez pas compte|contourne|neglige',
    'instruction|consigne|regle|directive|ordre|precedent|ci-dessus',
  ],
  [
    'ignora|olvida|haz caso omiso|descarta|omite|salta',
    'instruccion|regla|orden|directriz|indicacion|anterior',
  ],
  ['ignora|dimentica|trascura|scavalca', 'istruzion|regol|direttiv|comand|precedent'],
  ['ignore|esqueca|desconsidere|despreze', 'instruc|regra|ordem|diretriz|anterior'],
  ['negeer|vergeet|sla over|omzeil', 'instructie|regel|opdracht|richtlijn|vorige|eerdere'],
  ['zignoruj|ignoruj|zapomnij|pomin', 'instrukcj|polecen|zasad|poprzedni'],
  ['игнорируй|проигнорируй|забудь|не обращай внимания', 'инструкц|правил|указани|предыдущ'],
  ['忽略|无视|忘记|不要遵守', '指令|指示|规则|之前|以上|提示'],
  ['無視|忘れ', '指示|命令|ルール|以前|上記'],
];

const other: readonly string[] = [
  // Posing as the system, or as another voice in the conversation.
  String.raw`\b(?:system|assistant|developer)\s*(?:prompt|message|override|instruction|note)`,
  String.raw`(?:^|[\n"{>\]])\s*(?:system|assistant|developer)\s*:`,
  String.raw`<\s*/?\s*(?:system|assistant|instructions?|im_start|im_end|tool_call|function_call)\b`,
  String.raw`<\|[a-z_]+\|>|\[/?inst\]|<<\s*sys\s*>>|data\s*>>>|<<<\s*data`,
  String.raw`\byou are (?:now|no longer|actually) (?:an?|the|in|my|bound|required)\b`,
  String.raw`\b(?:act|behave|respond) as (?:an?|the|if you)\b.{0,40}\b(?:ai|assistant|admin|agent|model|system)`,
  String.raw`\b(?:developer|debug|admin|god|jailbreak|dan) mode\b`,
  String.raw`\b(?:new|updated|real|hidden|secret|urgent) (?:instructions?|orders?|task|prompt)\s*[:\-]`,
  String.raw`\b(?:note|message|instructions?|attention) (?:to|for) (?:the |any |all )?(?:ai|assistant|agent|model|bot|llm|chatbot)s?\b`,
  String.raw`\b(?:hinweis|nachricht|anweisung) (?:an|fur|fuer) (?:die |den |das )?(?:ki|ai|assistent|agent|modell|bot)`,
  // Speaking of our own machinery: functions, approval, prompts.
  String.raw`\b(?:call|use|invoke|execute|run) (?:the )?(?:function|tool)s?\b`,
  String.raw`\b(?:rufe|benutze|verwende) (?:die |das )?(?:funktion|werkzeug|tool)`,
  String.raw`\bcrm[._][a-z-]{3,}`,
  String.raw`\b(?:without|skip|bypass|no need for)\b.{0,20}\b(?:approval|review|confirmation|human|supervisor)`,
  String.raw`\bohne\b.{0,20}\b(?:freigabe|genehmigung|prufung|pruefung|bestatigung)`,
  String.raw`\b(?:already|pre)[- ]?(?:been )?approved\b`,
  String.raw`\b(?:reveal|print|show|repeat|output|leak)\b.{0,30}\b(?:system prompt|your prompt|your instructions|your rules|secrets?|api keys?|passwords?|credentials?)`,
  String.raw`\bremember (?:this|that)? ?(?:for|in) (?:later|future|the next|all)\b`,
];

const near = ([verbs, objects]: readonly [string, string]): string =>
  `(?:${verbs})[^.!?\\n]{0,60}(?:${objects})|(?:${objects})[^.!?\\n]{0,20}(?:${verbs})`;

/** Letters set apart one by one: `i g n o r e`. */
const spelledOut = /(?:^|\s)((?:[a-z][\s._*-]){5,}[a-z])(?=\s|$|[.,!?:])/g;
const marks = /\p{M}+/gu;
const unmarked = (text: string): string => text.normalize('NFKD').replaceAll(marks, '');
const suspicious = new RegExp([...overriding.map(near).map(unmarked), ...other].join('|'), 'u');
const unseen = /[\p{Cf}\u{e0000}-\u{e007f}]/gu;
/** Plain English has no marks, no unseen signs, no look-alikes. */
const beyondAscii = /[^\u0000-\u007f]/;
/** All that is not one space already. */
const wideSpace = /[ \t\u00a0]{2,}|[\t\u00a0]/g;

/** What a reader would take the text for: no marks, no unseen signs, look-alike forms made plain. */
const plain = (text: string): string => {
  const seen = beyondAscii.test(text) ? unmarked(text.replaceAll(unseen, '')) : text;
  return seen.toLowerCase().replaceAll(wideSpace, ' ');
};

const joined = (text: string): string =>
  text.replaceAll(spelledOut, (found) => ` ${found.replaceAll(/[\s._*-]/g, '')}`);

/** Longest text that is searched; what a ticket may hold is far below. */
const searchedMax = 64 * 1024;

/** Whether a text, in one of a dozen languages, seems to give orders to a model. */
export const seemsToInstruct = (text: string): boolean => {
  const read = plain(text.slice(0, searchedMax));
  if (suspicious.test(read)) return true;
  const together = joined(read);
  return together !== read && suspicious.test(together);
};
