import { html, type Html } from '@countersign/http';
import type { ShownChange } from '@countersign/tools';
import { endingWords, whoWords } from '../adapters/refusal-words.js';
import type { ApprovalShown, ContentShown } from '../adapters/show-approval.js';
import { decisionForms, resolutionForm, type Typed } from './decision-forms.js';
import { notice, type PageContent, type Visitor } from './page.js';
import { deadline, fields, instant } from './pieces.js';
import { flagWords, sentence, short, spoken, standingWords, utcWords } from './words.js';

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
        ${shown.content && originalRequest(shown.content, shown.evidence[0]?.digest)}
      </div>
      <aside class="decide" aria-label="Your decision">
        ${
          shown.state === 'uncertain'
            ? resolutionForm(shown, visitor, typed)
            : decisionForms(shown, visitor, now, typed)
        }
      </aside>
      <div class="rest">
        ${shown.content && rationale(shown)} ${restsOn(shown)} ${inFull(shown)}
      </div>
    </div>`,
});

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
    const found = `${whoWords(resolution.by)} found it ${resolution.outcome === 'done' ? 'done' : 'not done'}.`;
    return notice('info', found, html`${resolution.evidence} ${toCase}`);
  }
  if (!ending) return false;
  const why = ending.reasonCode && `Reason: ${spoken(ending.reasonCode).toLowerCase()}. `;
  const comment =
    ending.comment !== undefined && html`<span class="text">“${ending.comment}” </span>`;
  const kind = ending.kind === 'released' ? 'good' : 'info';
  return notice(kind, endingWords(ending), html`${why} ${comment} ${toCase}`);
};

const flags = ({ flags: raised }: ApprovalShown): Html | false =>
  raised.length > 0 &&
  html`<ul class="flags" aria-label="Warnings">
    ${raised.map((flag) => html`<li>${flagWords(flag)}</li>`)}
  </ul>`;

const whatChanges = ({ content, tool }: ApprovalShown): Html =>
  html`<section class="card" aria-labelledby="changes">
    <h2 id="changes">What will change</h2>
    ${content ? changesTable(content.changes) : html`<p>The content was erased.</p>`}
    <p class="small soft">
      From the checked arguments and the target as it was
      read${
        content?.witness &&
        html` (<code>${content.witness.resource}</code>, state
          <code>${content.witness.etag}</code>)`
      }.
      If the target has moved on since, nothing is
      run.${tool.reversibility && ` The change is ${tool.reversibility}.`}
    </p>
  </section>`;

const changesTable = (changes: readonly ShownChange[]): Html =>
  html`<table class="changes stack">
    <thead>
      <tr>
        <th scope="col">Field</th>
        <th scope="col">Now</th>
        <th scope="col">Afterwards</th>
      </tr>
    </thead>
    <tbody>
      ${changes.map(({ field, from, to }) =>
        from === to
          ? html`<tr class="same">
              <th scope="row">${field}</th>
              <td data-label="Stays"><span class="text">${from}</span></td>
              <td>unchanged</td>
            </tr>`
          : html`<tr class="moves">
              <th scope="row">${field}</th>
              <td class="from" data-label="Now"><span class="text">${from ?? '–'}</span></td>
              <td class="to" data-label="Afterwards"><span class="text">${to}</span></td>
            </tr>`,
      )}
    </tbody>
  </table>`;

const originalRequest = ({ input, requester }: ContentShown, digest: string | undefined): Html =>
  html`<section class="card" aria-labelledby="request">
    <h2 id="request">The original request</h2>
    <p class="small soft">
      As it came in${requester !== null && html` from <strong>${requester}</strong>`}: check the
      change against
      this${digest !== undefined && html` (fingerprint <code>${short(digest, 12)}</code>)`}.
    </p>
    ${fields(input)}
  </section>`;

const rationale = ({ content, author, model }: ApprovalShown): Html =>
  author.type === 'human'
    ? html`<section class="card" aria-labelledby="why">
        <h2 id="why">Why, in the words of ${author.id}</h2>
        <p><span class="text">${content!.rationale}</span></p>
      </section>`
    : html`<section class="card model" aria-labelledby="why">
        <h2 id="why">What the model says</h2>
        <p class="small soft">
          Written by ${model?.id ?? 'a model'}, checked by nobody. Decide by what will change.
        </p>
        <p><span class="text">${content!.rationale || 'It gave no reason.'}</span></p>
      </section>`;

const restsOn = ({ evidence, author, model, createdAt, supersedes, need }: ApprovalShown): Html =>
  html`<section class="card" aria-labelledby="origin">
    <h2 id="origin">Where it comes from</h2>
    <dl class="side">
      <dt>Proposed by</dt>
      <dd>${author.type === 'human' ? author.id : `${author.id} (${author.type})`}</dd>
      <dt>Made</dt>
      <dd>${utcWords(createdAt)}</dd>
      ${
        model &&
        html`<dt>Model</dt>
          <dd>${model.id}, prompt <code>${short(model.promptSha256, 12)}</code></dd>`
      }
      ${
        supersedes !== null &&
        html`<dt>Replaces</dt>
          <dd><a href="/approvals/${supersedes}">an earlier proposal</a></dd>`
      }
      <dt>Needs</dt>
      <dd>one of ${need.of.join(', ')}</dd>
    </dl>
    <h3>Evidence</h3>
    <ul class="summary">
      ${evidence.map(
        ({ kind, ref, digest }) =>
          html`<li>
            ${spoken(kind)} <code>${ref}</code>, SHA-256 <code>${short(digest, 12)}…</code>
          </li>`,
      )}
    </ul>
  </section>`;

const inFull = ({ content, digest, tool, proposalId, ending }: ApprovalShown): Html =>
  html`<section class="card">
    <details>
      <summary>Exactly what is bound by the decision</summary>
      <dl class="side">
        <dt>Proposal</dt>
        <dd><code>${proposalId}</code></dd>
        <dt>Digest</dt>
        <dd><code>${digest}</code></dd>
        <dt>Tool</dt>
        <dd><code>${tool.name}@${tool.version}#${short(tool.digest, 12)}</code></dd>
      </dl>
      ${
        content &&
        html`<h3>Arguments in canonical form</h3>
          <pre>${content.canonicalArguments}</pre>
          ${
            content.target &&
            html`<h3>The target as it was read</h3>
              <pre>${JSON.stringify(content.target, null, 2)}</pre>`
          }`
      }
      ${
        ending?.record &&
        html`<h3>Countersigned record</h3>
          <pre>${JSON.stringify(ending.record, null, 2)}</pre>
          <p class="small">
            Signed by <code>${ending.signature?.kid}</code>: <code>${ending.signature?.value}</code>
          </p>`
      }
    </details>
  </section>`;
