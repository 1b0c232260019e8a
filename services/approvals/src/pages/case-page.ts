import { html, type Html } from '@countersign/http';
import type { Question } from '../adapters/questions-view.js';
import { notice, type PageContent, type Visitor } from './page.js';
import { instant } from './pieces.js';
import {
  actorWords,
  endedWords,
  lengthWords,
  relativeWords,
  sentence,
  short,
  spoken,
  utcExactly,
  utcWords,
} from './words.js';

/** What the orchestrator answers at `/v1/cases/{id}`, as far as this page shows it. */
export interface CaseShown {
  readonly caseId: string;
  readonly correlationId: string;
  readonly workflow: string;
  readonly version: number;
  readonly title: string;
  readonly source: string;
  readonly sourceId: string;
  readonly state: string;
  readonly step: string;
  readonly openedAt: string;
  readonly endedAt: string | null;
  readonly outcome: string | null;
  readonly reason: string | null;
  readonly waiting?: {
    readonly what: string;
    readonly since: string;
    readonly queue?: string;
    readonly owner?: string;
    readonly next?: { readonly at: string; readonly what: string };
    readonly overdueSince?: string;
    readonly unblock: readonly string[];
  };
}
/** One line of `/v1/cases/{id}/timeline`. */
export interface TimelineEntry {
  readonly revision: number;
  readonly what: string;
  readonly actor: { readonly type: string; readonly id: string };
  readonly step: string;
  readonly from: string | null;
  readonly to: string;
  readonly recordedAt: string;
  readonly why?: string;
  readonly tookMs: number;
  readonly awaitedMs?: number;
}

export interface CaseContent {
  readonly visitor: Visitor;
  readonly now: string;
  readonly shown: CaseShown;
  readonly entries: readonly TimelineEntry[];
  /** What people were asked about it, first to last. */
  readonly questions: readonly Question[];
}

/** The story of one case: who did what, when, why, and how long it took. */
export const casePage = ({
  visitor,
  now,
  shown,
  entries,
  questions,
}: CaseContent): PageContent => ({
  title: `Case ${short(shown.caseId)}`,
  visitor,
  main: html`<div class="head">
      <h1>${shown.title}</h1>
      <span class="pill ${stateLooks[shown.state] ?? 'info'}">${spoken(shown.state)}</span>
      <p class="meta">
        <span>Case <code>${shown.caseId}</code></span>
        <span>${shown.workflow}@${shown.version}</span>
        <span>From ${shown.source}, <code>${shown.sourceId}</code></span>
        <span>Opened ${instant(shown.openedAt, now)}</span>
      </p>
    </div>
    ${whereItStands(shown, questions, now)} ${askedOfPeople(questions)}
    <section class="card" aria-labelledby="timeline">
      <h2 id="timeline">Timeline</h2>
      <ol class="timeline">
        ${entries.map(entry)}
      </ol>
    </section>
    <p class="small soft">
      Follow it in the logs by its correlation id <code>${shown.correlationId}</code>.
    </p>`,
});

const stateLooks: Readonly<Record<string, string>> = {
  closed: 'good',
  executed: 'good',
  approved: 'good',
  rejected: 'bad',
  failed: 'bad',
  expired: 'plain',
  uncertain: 'warn',
  escalated: 'warn',
};

const whereItStands = (shown: CaseShown, questions: readonly Question[], now: string): Html => {
  const { waiting, outcome, endedAt, reason } = shown;
  if (endedAt !== null) {
    const kind = outcome === 'closed' ? 'good' : 'info';
    const why = reason === null ? '' : ` ${sentence(reason)}.`;
    const took = lengthWords(Date.parse(endedAt) - Date.parse(shown.openedAt));
    return notice(kind, `Ended: ${outcome}.${why}`, html`After ${took}, at ${utcWords(endedAt)}.`);
  }
  if (!waiting) return html``;
  const open = questions.findLast(({ state }) => state !== 'ended');
  return notice(
    waiting.overdueSince === undefined ? 'info' : 'bad',
    `Waits for ${waiting.what}`,
    html`<p>
        ${open && html`<a class="button" href="${pageOf(open)}">Open it</a>`} Since
        ${relativeWords(waiting.since, now)}.
        ${waiting.queue !== undefined && `Queue ${waiting.queue}, owned by ${waiting.owner}.`}
        ${waiting.next && `${sentence(waiting.next.what)} ${relativeWords(waiting.next.at, now)}.`}
      </p>
      <details>
        <summary>From the command line</summary>
        <pre>${waiting.unblock.join('\n')}</pre>
      </details>`,
  );
};

const askedOfPeople = (questions: readonly Question[]): Html | false =>
  questions.length > 0 &&
  html`<section class="card" aria-labelledby="people">
    <h2 id="people">What people were asked</h2>
    <ul class="asked">
      ${questions.map(
        (question) =>
          html`<li>
            <a class="row-link" href="${pageOf(question)}"
              >${question.tool ? `To decide on ${question.tool}` : 'To write a proposal'}</a
            >
            <span class="soft">${utcWords(question.requestedAt)}</span>
            <span class="pill ${question.state === 'ended' ? 'plain' : 'info'}"
              >${
                question.state === 'ended' ? endedWords(question.ending) : spoken(question.state)
              }</span
            >
          </li>`,
      )}
    </ul>
  </section>`;

const pageOf = ({ kind, id }: Question): string =>
  `/${kind === 'approval' ? 'approvals' : 'assistance'}/${id}`;

const entry = (line: TimelineEntry): Html =>
  html`<li class="${line.actor.type}">
    <div class="what">${sentence(line.what)}</div>
    <div class="meta">
      <span>${actorWords(line.actor.type)} <strong>${line.actor.id}</strong></span>
      <span>${line.from !== line.to && `${line.from ?? 'new'} → `}${line.to}</span>
      <time class="nowrap" datetime="${line.recordedAt}">${utcExactly(line.recordedAt)} UTC</time>
      ${line.revision > 0 && html`<span>+${lengthWords(line.tookMs)}</span>`}
      ${line.awaitedMs !== undefined && html`<span>awaited ${lengthWords(line.awaitedMs)}</span>`}
    </div>
    ${line.why !== undefined && html`<div class="small">${line.why}</div>`}
  </li>`;
