import { html, type Html } from '@countersign/http';
import type {
  Listed,
  ListedApproval,
  ListedAssistance,
  ListedContent,
  Page,
} from '../adapters/list-questions.js';
import type { PageContent, Visitor } from './page.js';
import { deadline, instant } from './pieces.js';
import { endedWords, flagWords, relativeWords, short, spoken, utcExactly } from './words.js';

export interface InboxContent {
  readonly visitor: Visitor;
  readonly now: string;
  readonly open: Page<ListedApproval>;
  readonly uncertain: Page<ListedApproval>;
  readonly assistance: Page<ListedAssistance>;
  readonly decided: Page<ListedApproval>;
}

/** Everything that waits for people, and what was decided last. */
export const inboxPage = (inbox: InboxContent): PageContent => ({
  title: 'Inbox',
  visitor: inbox.visitor,
  main: html`<div class="head">
      <h1>Inbox</h1>
      <p class="meta">
        <span>As of ${utcExactly(inbox.now).slice(11, 19)} UTC</span><a href="/">Refresh</a>
      </p>
    </div>
    ${uncertainPart(inbox)} ${openPart(inbox)} ${assistancePart(inbox)} ${decidedPart(inbox)}`,
});

const openPart = ({ open, decided, now }: InboxContent): Html =>
  html`<section class="card" aria-labelledby="open">
    <h2 id="open">Waiting for a decision <span class="count">${open.open}</span></h2>
    ${
      open.items.length === 0
        ? emptyQueue(decided, now)
        : table(
            ['Time left', 'What', 'Queue', 'Case'],
            open.items.map(
              (item) =>
                html`<tr>
                  <td>${dueAt(item, now)}</td>
                  <td>${what(item)}</td>
                  <td data-label="Queue">${item.queue}</td>
                  <td data-label="Case">${caseLink(item)}</td>
                </tr>`,
            ),
          )
    }
    ${
      open.cursor !== null &&
      html`<p><a class="button" href="/?cursor=${open.cursor}">Show the next ones</a></p>`
    }
  </section>`;

const emptyQueue = ({ items: [last] }: Page<ListedApproval>, now: string): Html =>
  html`<p>
    Nothing waits for a
    decision.${last?.endedAt && ` The last one was made ${relativeWords(last.endedAt, now)}.`}
  </p>`;

const uncertainPart = ({ uncertain, now }: InboxContent): Html | false =>
  uncertain.items.length > 0 &&
  html`<section class="card" aria-labelledby="uncertain">
    <h2 id="uncertain">Nobody knows whether it was done</h2>
    <p class="soft">
      The target did not say. Somebody other than the approver looks there and says what became of
      it.
    </p>
    ${table(
      ['Approved', 'What', 'By', 'Case'],
      uncertain.items.map(
        (item) =>
          html`<tr>
            <td>${item.endedAt && instant(item.endedAt, now)}</td>
            <td>${what(item)}</td>
            <td data-label="Approved by">${item.content?.by?.sub ?? '–'}</td>
            <td data-label="Case">${caseLink(item)}</td>
          </tr>`,
      ),
    )}
  </section>`;

const assistancePart = ({ assistance, now }: InboxContent): Html | false =>
  assistance.items.length > 0 &&
  html`<section class="card" aria-labelledby="assist">
    <h2 id="assist">
      Waiting for a person to propose <span class="count">${assistance.open}</span>
    </h2>
    ${table(
      ['Time left', 'Why', 'Queue', 'Case'],
      assistance.items.map(
        (item) =>
          html`<tr>
            <td>${dueAt(item, now)}</td>
            <td>
              ${
                item.content
                  ? html`<a class="row-link" href="/assistance/${item.requestId}"
                        >${whyWords(item.content.title)}</a
                      >
                      ${about(item.content)}`
                  : 'The agent could not'
              }
            </td>
            <td data-label="Queue">${item.queue}</td>
            <td data-label="Case">${caseLink(item)}</td>
          </tr>`,
      ),
    )}
  </section>`;

const decidedPart = ({ decided, now }: InboxContent): Html | false =>
  decided.items.length > 0 &&
  html`<section class="card" aria-labelledby="decided">
    <h2 id="decided">Decided last</h2>
    ${table(
      ['When', 'What', 'How', 'Case'],
      decided.items.map(
        (item) =>
          html`<tr>
            <td>${item.endedAt && instant(item.endedAt, now)}</td>
            <td>${what(item)}</td>
            <td>
              <span class="pill ${looks[item.ending ?? ''] ?? 'plain'}"
                >${endedWords(item.ending)}</span
              >
              ${item.content?.by && html`<span class="soft">by ${item.content.by.sub}</span>`}
            </td>
            <td data-label="Case">${caseLink(item)}</td>
          </tr>`,
      ),
    )}
  </section>`;

const looks: Readonly<Record<string, string>> = {
  released: 'good',
  rejected: 'bad',
  'changes-requested': 'warn',
};

const table = (heads: readonly string[], rows: readonly Html[]): Html =>
  html`<table class="stack list">
    <thead>
      <tr>
        ${heads.map((head) => html`<th scope="col">${head}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${rows}
    </tbody>
  </table>`;

const dueAt = (item: Listed, now: string): Html =>
  html`${deadline(item.expiresAt, now)}
    <div class="small soft nowrap">${item.expiresAt.slice(0, 16).replace('T', ' ')} UTC</div>`;

/** What will change, in a line or two; only the tool's name for those who may not read more. */
const what = ({ proposalId, content, tool }: ListedApproval): Html => {
  if (!content) return html`<span class="title">${tool}</span>`;
  return html`<a class="row-link" href="/approvals/${proposalId}">${content.title}</a>
    ${about(content)}
    <ul class="summary">
      ${content.changes.map(
        ({ field, from, to }) =>
          html`<li>${field}: ${from !== null && html`${from} → `}<b>${to}</b></li>`,
      )}
    </ul>
    ${
      content.flags.length > 0 &&
      html`<div class="small">
        <span class="pill warn">⚑ ${content.flags.map(flagWords).join(' · ')}</span>
      </div>`
    }`;
};

/** The sender's own words, marked as such. */
const about = ({ about: words }: ListedContent): Html | false =>
  words !== null && html`<span class="soft about">“${words}”</span>`;

const caseLink = ({ caseId }: Listed): Html =>
  html`<a href="/cases/${caseId}"><code>${short(caseId)}</code></a>`;

/** `abstained: unknown-request` as people say it. */
export const whyWords = (reason: string): string => {
  const [head, code] = reason.split(': ', 2) as [string, string?];
  return code === undefined ? spoken(head) : `${spoken(head)}: ${spoken(code).toLowerCase()}`;
};
