import { Problem } from '@countersign/http';

/** What a form of ours sends: every field once, as text. */
export type Form = Readonly<Record<string, string>>;

const wrong = (name: string, message: string): Problem =>
  new Problem(422, 'form-incomplete', 'The form is not complete', {
    errors: [{ pointer: `/${name}`, message }],
  });

/** One of a closed list. @throws Problem 422 */
export const choiceIn = <Choice extends string>(
  form: Form,
  name: string,
  choices: readonly Choice[],
): Choice => {
  const found = choices.find((choice) => choice === form[name]);
  if (found === undefined) throw wrong(name, `choose one of ${choices.join(', ')}`);
  return found;
};

/** One of a closed list, or nothing was chosen. @throws Problem 422 */
export const maybeChoiceIn = <Choice extends string>(
  form: Form,
  name: string,
  choices: readonly Choice[],
): Choice | undefined => (form[name] ? choiceIn(form, name, choices) : undefined);

/** Text as it was typed; a browser sends its line ends as CRLF. @throws Problem 422 */
export const textIn = (form: Form, name: string, maxLength: number): string => {
  const text = (form[name] ?? '').replaceAll('\r\n', '\n').trim();
  if (text.length > maxLength) throw wrong(name, `at most ${maxLength} characters`);
  return text;
};

/** Text that must be there. @throws Problem 422 */
export const neededTextIn = (form: Form, name: string, maxLength: number): string => {
  const text = textIn(form, name, maxLength);
  if (text === '') throw wrong(name, 'is needed');
  return text;
};
