import { html, type Html } from '@countersign/http';
import { endingWords, whoWords } from '../adapters/refusal-words.js';
import type { ApprovalShown } from '../adapters/show-approval.js';
import { decisionForms, resolutionForm, type Typed } from './decision-forms.js';
import { notice, type PageContent, type Visitor } from './page.js';
import { deadline, instant } from './pieces.js';
import { inFull, originalRequest, rationale, restsOn, whatChanges } from './proposal-parts.js';
import { flagWords, sentence, short, standingWords, utcWords } from './words.js';

export interface DecisionContent {
  readonly visitor: Visitor;
  readonly now: string;
  readonly shown: ApprovalShown;
  /** What was typed before something was missing, so that it is not lost. */
  readonly typed?: Typed | undefined;
  readonly missing?: string | undefined;
}

/** Everything that somebody needs to decide on one proposal, what will change first. */
export const decisionPage = ({
  visitor,
  now,
  shown,
  typed,
  missing,
}: DecisionContent): PageContent => ({
  title: shown.tool.title,
  visitor,
  main: html`${head(shown, now)} ${missing !== undefined && notice('bad', missing)}
    ${standing(shown)}
    <div class="split">
      <div class="rest">
        ${flags(shown)} ${whatChanges(shown)}
        ${shown.content && originalRequest(shown.content, intakeDigest(shown))}
      </div>
      <aside class="decide" aria-label="Your decision">
        ${
          shown.state === 'uncertain'
            ? resolutionForm(shown, visitor, typed)
            : decisionForms(shown, visitor, typed)
        }
      </aside>
      <div class="rest">
        ${shown.content && rationale(shown)} ${restsOn(shown)} ${inFull(shown)}
      </div>
    </div>`,
});

const intakeDigest = ({ evidence }: ApprovalShown): string | undefined =>
  evidence.find(({ kind }) => kind === 'intake')?.digest;

const pillLooks: Readonly<Record<string, string>> = {
  Open: 'info',
  Approved: 'good',
  Rejected: 'bad',
  Uncertain: 'warn',
  'Changes requested': 'warn',
};

const head = (shown: ApprovalShown, now: string): Html => {
  const words = standingWords(shown);
  return html`<div class="head">
    <h1>${shown.tool.title}</h1>
    <span class="pill ${pillLooks[words] ?? 'plain'}">${words}</span>
    <p class="meta">
      <span
        >Case <a href="/cases/${shown.caseId}"><code>${short(shown.caseId)}</code></a></span
      >
      <span>Queue ${shown.queue.name}</span>
      <span>${shown.workflow.name}@${shown.workflow.version}, ${shown.step} #${shown.visit}</span>
      <span>Asked ${instant(shown.requestedAt, now)}</span>
      ${
        shown.state === 'open' &&
        html`<span>Decide by ${utcWords(shown.expiresAt)} ${deadline(shown.expiresAt, now)}</span>`
      }
    </p>
  </div>`;
};

const standing = (shown: ApprovalShown): Html | false => {
  const { ending, resolution, uncertain, caseId } = shown;
  const toCase = html`<a href="/cases/${caseId}">See how the case goes on</a>`;
  if (uncertain) {
    const since = `${sentence(uncertain.reason)}, since ${utcWords(uncertain.since)}.`;
    return notice('bad', 'Nobody knows whether it was done', html`${since} ${toCase}`);
  }
  if (resolution) {
    const done = resolution.outcome === 'done' ? 'done' : 'not done';
    const found = `${whoWords(resolution.by)} found it ${done}.`;
    const evidence = html`<span class="text">“${resolution.evidence}”</span>`;
    return notice('info', found, html`${evidence} ${toCase}`);
  }
  if (!ending) return false;
  return notice(ending.kind === 'released' ? 'good' : 'info', endingWords(ending), toCase);
};

const flags = ({ flags: raised }: ApprovalShown): Html | false =>
  raised.length > 0 &&
  html`<ul class="flags" aria-label="Warnings">
    ${raised.map((flag) => html`<li>${flagWords(flag)}</li>`)}
  </ul>`;
