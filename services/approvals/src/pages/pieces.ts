import { html, type Html } from '@countersign/http';
import { labelWords, relativeWords, urgencyOf, utcWords } from './words.js';

/** An instant, absolute and relative to now. */
export const instant = (at: string, now: string): Html =>
  html`<time class="nowrap" datetime="${at}">${utcWords(at)}</time>
    <span class="soft">(${relativeWords(at, now)})</span>`;

const deadlineTexts = { over: 'time is over', soon: 'soon', calm: '' } as const;
const deadlineLooks = { over: 'bad', soon: 'warn', calm: 'plain' } as const;

/** How long there is left to decide, in words and colour. */
export const deadline = (at: string, now: string): Html => {
  const urgency = urgencyOf(at, now);
  const words = deadlineTexts[urgency];
  const text = urgency === 'over' ? words : relativeWords(at, now);
  return html`<span class="pill ${deadlineLooks[urgency]}"
    >${text}${urgency === 'soon' && ` · ${words}`}</span
  >`;
};

/** Any JSON value as people read it: texts as they are, objects by label, the rest as JSON. */
export const readable = (value: unknown): Html => {
  if (typeof value === 'string') return html`<span class="text">${value}</span>`;
  if (value === null || typeof value === 'number' || typeof value === 'boolean') {
    return html`<span>${String(value)}</span>`;
  }
  if (Array.isArray(value) || Object.keys(value as object).length === 0) {
    return html`<code class="text">${JSON.stringify(value, null, 1)}</code>`;
  }
  return fields(value as Record<string, unknown>);
};

/** An object by label, in its own order. */
export const fields = (object: Readonly<Record<string, unknown>>): Html =>
  html`<dl class="side">
    ${Object.entries(object).map(
      ([name, value]) =>
        html`<dt>${labelWords(name)}</dt>
          <dd>${readable(value)}</dd>`,
    )}
  </dl>`;

/** Something to choose from, e.g. a reason; nothing is chosen yet unless said. */
export const options = (
  values: readonly { readonly value: string; readonly text: string }[],
  chosen: string | undefined,
): Html =>
  html`<option value="">Choose…</option>
    ${values.map(
      ({ value, text }) =>
        html`<option value="${value}" ${value === chosen && html`selected`}>${text}</option>`,
    )}`;
