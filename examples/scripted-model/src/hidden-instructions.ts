/** Text that speaks to a machine rather than to the shop. */
const toAMachine = [
  /\b(?:ignore|disregard|forget|override|bypass)\b[^.\n]{0,60}\b(?:instruction|rule|prompt|guideline|above|previous|prior|polic)/iu,
  /\b(?:system|developer|assistant)\s*(?:prompt|message|note|override)?\s*[:>\]]/iu,
  /\byou are (?:now|an? (?:ai|assistant|agent|model|bot))/iu,
  /\bas an? (?:ai|language model|assistant|agent)\b/iu,
  /\b(?:call|invoke|run|use) (?:the )?(?:tool|function|crm[._])/iu,
  /\b(?:auto-?approve|approve (?:this|it) (?:automatically|without)|without (?:any )?(?:approval|review))/iu,
  /\bignorier\p{L}*\b[^.\n]{0,60}(?:anweisung|regel|vorgabe)/iu,
  /\bignore[zr]?\b[^.\n]{0,60}(?:instructions|consignes|règles)/iu,
  /\bignor(?:a|e|ar)\b[^.\n]{0,60}(?:instrucciones|reglas|anteriores)/iu,
  /<<<DATA|DATA>>>/u,
];
const comment = /<!--[\s\S]*?(?:-->|$)/g;
const sentenceEnd = /(?<=[.!?])\s+/u;

/**
 * A ticket's text without what speaks to a machine: hidden comments, and each paragraph from the first
 * such sentence on. What is left is what the customer says to the shop.
 */
export const withoutInstructions = (
  text: string,
): { readonly text: string; readonly found: boolean } => {
  let found = false;
  const visible = text.replace(comment, (hidden) => {
    found ||= toAMachine.some((pattern) => pattern.test(hidden));
    return ' ';
  });
  const kept = visible.split(/\n\s*\n/).map((paragraph) => {
    const sentences = paragraph.split(sentenceEnd);
    const first = sentences.findIndex((sentence) =>
      toAMachine.some((pattern) => pattern.test(sentence)),
    );
    if (first < 0) return paragraph;
    found = true;
    return sentences.slice(0, first).join(' ');
  });
  return { text: kept.filter((paragraph) => paragraph.trim() !== '').join('\n\n'), found };
};
