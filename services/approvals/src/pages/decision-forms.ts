import { reasonCodes } from '@countersign/contracts';
import { html, type Html } from '@countersign/http';
import type { ActionName, ApprovalShown, Decided } from '../adapters/show-approval.js';
import { csrfField, type Visitor } from './page.js';
import { options } from './pieces.js';
import { flagWords, short, spoken, utcExactly, utcWords } from './words.js';

/** What somebody has typed so far. */
export interface Typed {
  readonly reasonCode?: string | undefined;
  readonly comment?: string | undefined;
}

const reasons = reasonCodes.map((value) => ({ value, text: spoken(value) }));

/** Longest comment; the API's own limit. */
export const commentMaxLength = 2_000;

const actionOf = ({ allowedActions }: ApprovalShown, name: ActionName) =>
  allowedActions.find(({ action }) => action === name)!;

/** Approve stands apart from the two ways to say no; none has the focus, and Enter sends neither. */
export const decisionForms = (shown: ApprovalShown, visitor: Visitor, typed: Typed = {}): Html => {
  const approve = actionOf(shown, 'approve');
  const reject = actionOf(shown, 'reject');
  if (shown.ending) return decided(shown.ending);
  if (!approve.allowed && !reject.allowed) {
    return onlySaid('Not for you to decide', approve.reason ?? '');
  }
  return html`<div class="card">
    <h2>Your decision</h2>
    <p class="small soft">
      Bound to exactly what you see here: digest <code>${short(shown.digest, 12)}</code>.
    </p>
    ${approve.allowed ? approveForm(shown, visitor) : html`<p>${approve.reason}</p>`}
    <hr />
    ${refuseForm(shown, visitor, typed)}
  </div>`;
};

/** What was decided, by whom, and for how long it may be run. */
const decided = ({ kind, by, at, reasonCode, comment, record }: Decided): Html =>
  html`<div class="card">
    <h2>The decision</h2>
    <dl>
      <dt>${by ? 'Decided' : 'Expired'}</dt>
      <dd>${utcExactly(at)} UTC</dd>
      ${
        by &&
        html`<dt>By</dt>
          <dd>${by.sub}, as ${by.role}</dd>`
      }
      ${
        reasonCode !== undefined &&
        html`<dt>Because</dt>
          <dd>${spoken(reasonCode)}</dd>`
      }
      ${
        comment !== undefined &&
        html`<dt>In their words</dt>
          <dd><span class="text">${comment}</span></dd>`
      }
      ${
        record &&
        html`<dt>May be run until</dt>
          <dd>${utcWords(record.executableUntil)}</dd>`
      }
    </dl>
    ${kind === 'released' && html`<p class="small soft">Countersigned, and run at most once.</p>`}
  </div>`;

const onlySaid = (title: string, text: string): Html =>
  html`<div class="card">
    <h2>${title}</h2>
    <p>${text}</p>
  </div>`;

const start = (shown: ApprovalShown, visitor: Visitor): Html =>
  html`${csrfField(visitor)}<input type="hidden" name="digest" value="${shown.digest}" />`;

/** Each warning is ticked by hand before anything runs. */
const approveForm = (shown: ApprovalShown, visitor: Visitor): Html =>
  html`<form method="post" action="/approvals/${shown.proposalId}/decision">
    ${start(shown, visitor)}
    ${
      shown.flags.length > 0 &&
      html`<fieldset>
        <legend>I have looked at each warning</legend>
        ${shown.flags.map(
          (flag, n) =>
            html`<label class="tick"
              ><input type="checkbox" name="seen-${n}" value="yes" required /><span
                >${flagWords(flag)}</span
              ></label
            >`,
        )}
      </fieldset>`
    }
    <div class="buttons">
      <button class="approve" name="decision" value="approve">Approve exactly this</button>
    </div>
  </form>`;

const refuseForm = (shown: ApprovalShown, visitor: Visitor, typed: Typed): Html =>
  html`<form method="post" action="/approvals/${shown.proposalId}/decision">
    ${start(shown, visitor)}
    <label for="reason">If not, why?</label>
    <select id="reason" name="reasonCode" required>
      ${options(reasons, typed.reasonCode)}
    </select>
    <label for="comment">In your words</label>
    <p class="hint" id="comment-hint">With “request changes” whoever proposes next reads it.</p>
    <textarea
      id="comment"
      name="comment"
      rows="3"
      maxlength="${commentMaxLength}"
      aria-describedby="comment-hint"
    >
${typed.comment}</textarea>
    <div class="buttons">
      <button name="decision" value="request-changes">Request changes</button>
      <button class="refuse" name="decision" value="reject">Reject</button>
    </div>
  </form>`;

/** Somebody who has looked says what became of it. */
export const resolutionForm = (shown: ApprovalShown, visitor: Visitor, typed: Typed = {}): Html => {
  const { allowed, reason } = actionOf(shown, 'resolve');
  if (!allowed) return onlySaid('Not for you to say', reason ?? '');
  return html`<div class="card">
    <h2>What became of it?</h2>
    <p>
      Look at the target itself: was the change made? Your answer is recorded with your name, and
      the case goes on from it.
    </p>
    <form method="post" action="/approvals/${shown.proposalId}/resolution">
      ${csrfField(visitor)}
      <label for="evidence">How do you know?</label>
      <textarea id="evidence" name="evidence" rows="4" required maxlength="${commentMaxLength}">
${typed.comment}</textarea>
      <div class="buttons">
        <button name="outcome" value="done">It was done</button>
        <button class="refuse" name="outcome" value="not-done">It was not done</button>
      </div>
    </form>
  </div>`;
};
