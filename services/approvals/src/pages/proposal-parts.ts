import { html, type Html } from '@countersign/http';
import type { ShownChange } from '@countersign/tools';
import type { ApprovalShown, ContentShown } from '../adapters/show-approval.js';
import { fields } from './pieces.js';
import { short, spoken, utcWords } from './words.js';

/** What will change, row by row: now and afterwards. */
export const whatChanges = (shown: ApprovalShown): Html => {
  const { content, tool } = shown;
  return html`<section class="card" aria-labelledby="changes">
    <h2 id="changes">${changesTitle(shown)}</h2>
    ${content ? changesTable(content.changes) : html`<p>The content was erased.</p>`}
    <p class="small soft">
      From the checked arguments and the target as it was read${readAt(content)}.
      ${shown.state === 'open' && 'If the target has moved on since, nothing is run.'}
      ${tool.reversibility && `The change is ${tool.reversibility}.`}
    </p>
  </section>`;
};

const changesTitle = ({ state, ending }: ApprovalShown): string => {
  if (state === 'open') return 'What will change';
  if (state === 'uncertain') return 'What may have changed';
  return ending?.kind === 'released' ? 'What was approved' : 'What was proposed';
};

const readAt = (content: ContentShown | null) =>
  content?.witness &&
  html` (<code>${content.witness.resource}</code>, state <code>${content.witness.etag}</code>)`;

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
      ${changes.map(changeRow)}
    </tbody>
  </table>`;

const changeRow = ({ field, from, to }: ShownChange): Html => {
  if (from === to) {
    return html`<tr class="same">
      <th scope="row">${field}</th>
      <td data-label="Stays"><span class="text">${from}</span></td>
      <td>unchanged</td>
    </tr>`;
  }
  const looks = to.length > longText ? 'to long' : 'to';
  if (from === null) {
    return html`<tr class="moves">
      <th scope="row">${field}</th>
      <td class="${looks}" colspan="2"><span class="text">${to}</span></td>
    </tr>`;
  }
  return html`<tr class="moves">
    <th scope="row">${field}</th>
    <td class="from" data-label="Now"><span class="text">${from}</span></td>
    <td class="${looks}" data-label="Afterwards"><span class="text">${to}</span></td>
  </tr>`;
};

/** Text of more characters than this is to be read, not to be seen at a glance. */
const longText = 80;

/** What somebody asked for, in their words. */
export const originalRequest = (
  { input, requester }: ContentShown,
  digest: string | undefined,
): Html =>
  html`<section class="card" aria-labelledby="request">
    <h2 id="request">The original request</h2>
    <p class="small soft">
      As it came in${requester !== null && html` from <strong>${requester}</strong>`}: check the
      change against
      this${digest !== undefined && html` (fingerprint <code>${short(digest, 12)}</code>)`}.
    </p>
    ${fields(input)}
  </section>`;

/** Why, in the words of the author; those of a model stand apart. */
export const rationale = ({ content, author, model }: ApprovalShown): Html =>
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

/** Who made it, from what, and who may decide. */
export const restsOn = ({
  evidence,
  author,
  model,
  createdAt,
  supersedes,
  need,
}: ApprovalShown): Html =>
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

/** For who wants to recompute it. */
export const inFull = ({ content, digest, tool, proposalId, ending }: ApprovalShown): Html =>
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
