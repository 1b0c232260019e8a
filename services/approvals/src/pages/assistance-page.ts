import { reasonCodes } from '@countersign/contracts';
import { html, type Html } from '@countersign/http';
import { answerWords } from '../adapters/refusal-words.js';
import type { AssistanceShown, OfferedTool } from '../adapters/show-assistance.js';
import { commentMaxLength } from './decision-forms.js';
import { whyWords } from './inbox-page.js';
import { outlineOf } from './outline.js';
import { csrfField, notice, type PageContent, type Visitor } from './page.js';
import { deadline, fields, instant, options } from './pieces.js';
import { short, spoken, utcWords } from './words.js';

/** What somebody has typed so far. */
export interface TypedProposal {
  readonly tool?: string | undefined;
  readonly arguments?: string | undefined;
  readonly rationale?: string | undefined;
}

export interface AssistanceContent {
  readonly visitor: Visitor;
  readonly now: string;
  readonly shown: AssistanceShown;
  readonly typed?: TypedProposal | undefined;
  /** Why what was typed cannot be taken, and where. */
  readonly wrong?: { readonly title: string; readonly places: readonly string[] } | undefined;
}

const rationaleMaxLength = 4_000;

/** A person writes what the agent could not, or says that there is nothing to write. */
export const assistancePage = (content: AssistanceContent): PageContent => {
  const { visitor, now, shown, wrong } = content;
  return {
    title: 'Write a proposal',
    visitor,
    main: html`<div class="head">
        <h1>${shown.state === 'open' ? 'Write a proposal' : 'A proposal was asked for'}</h1>
        <span class="pill ${shown.state === 'open' ? 'info' : 'plain'}"
          >${spoken(shown.answer?.kind ?? 'open')}</span
        >
        <p class="meta">
          <span>${whyWords(shown.why)}</span>
          <span
            >Case <a href="/cases/${shown.caseId}"><code>${short(shown.caseId)}</code></a></span
          >
          <span>Queue ${shown.queue.name}</span>
          <span>Asked ${instant(shown.requestedAt, now)}</span>
          ${
            shown.state === 'open' &&
            html`<span
              >Answer by ${utcWords(shown.expiresAt)} ${deadline(shown.expiresAt, now)}</span
            >`
          }
        </p>
      </div>
      ${wrong && notice('bad', wrong.title, placesList(wrong.places))} ${answered(shown)}
      ${
        shown.content
          ? html`<section class="card" aria-labelledby="request">
              <h2 id="request">The original request</h2>
              ${fields(shown.content.context.input)}
            </section>`
          : notice('info', 'The content was erased.')
      }
      ${earlier(shown)} ${forms(content)}`,
  };
};

const placesList = (places: readonly string[]): Html =>
  html`<ul>
    ${places.map((place) => html`<li>${place}</li>`)}
  </ul>`;

const answered = ({ answer, caseId }: AssistanceShown): Html | false => {
  if (!answer) return false;
  const toProposal =
    answer.proposalId !== undefined &&
    html`<a href="/approvals/${answer.proposalId}"
        >The proposal waits for somebody else’s decision</a
      >. `;
  const said = answer.comment !== undefined && html`<span class="text">“${answer.comment}” </span>`;
  return notice(
    answer.kind === 'proposed' ? 'good' : 'info',
    answerWords(answer),
    html`${said} ${toProposal}<a href="/cases/${caseId}">See how the case goes on</a>`,
  );
};

const earlier = ({ content }: AssistanceShown): Html | false => {
  const { results = {}, feedback } = content?.context ?? {};
  if (Object.keys(results).length === 0 && !feedback) return false;
  return html`<section class="card model" aria-labelledby="earlier">
    <h2 id="earlier">What earlier steps found</h2>
    <p class="small soft">Partly in the words of a model, checked by nobody.</p>
    ${fields(results)}
    ${
      feedback &&
      html`<h3>What was said about the last proposal</h3>
        <p>${spoken(feedback.kind)}: ${spoken(feedback.reason).toLowerCase()}</p>
        ${feedback.comment !== undefined && html`<p><span class="text">${feedback.comment}</span></p>`}`
    }
  </section>`;
};

const forms = (content: AssistanceContent): Html => {
  const { shown } = content;
  const [propose] = shown.allowedActions;
  if (shown.state === 'ended') return html``;
  if (!propose?.allowed) return notice('info', 'Not for you to answer', html`${propose?.reason}`);
  return html`${proposeForm(content)} ${declineForm(content)}`;
};

const proposeForm = ({ shown, visitor, typed = {} }: AssistanceContent): Html =>
  html`<section class="card" aria-labelledby="propose">
    <h2 id="propose">Propose</h2>
    <p class="soft">
      Your proposal is signed in your name. The target is read again now, and somebody else decides.
    </p>
    <form method="post" action="/assistance/${shown.requestId}/proposal">
      ${csrfField(visitor)}
      <label for="tool">What should be done</label>
      <select id="tool" name="tool" required>
        ${options(
          shown.tools.map((tool) => ({
            value: nameOf(tool),
            text: `${tool.title} (${nameOf(tool)})`,
          })),
          typed.tool ?? (shown.tools.length === 1 ? nameOf(shown.tools[0]!) : undefined),
        )}
      </select>
      <label for="arguments">With these arguments, as JSON</label>
      <p class="hint" id="arguments-hint">They must fit the schema of the tool, shown below.</p>
      <textarea
        id="arguments"
        class="code"
        name="arguments"
        rows="12"
        required
        spellcheck="false"
        aria-describedby="arguments-hint"
      >
${typed.arguments ?? onlyOutline(shown.tools)}</textarea>
      ${shown.tools.map(schemaOf)}
      <label for="rationale">Why</label>
      <textarea id="rationale" name="rationale" rows="3" required maxlength="${rationaleMaxLength}">
${typed.rationale}</textarea>
      <div class="buttons"><button>Propose</button></div>
    </form>
  </section>`;

const schemaOf = (tool: OfferedTool): Html =>
  html`<details>
    <summary>Outline and schema of ${nameOf(tool)}</summary>
    <p class="small soft">${tool.description}</p>
    ${
      tool.arguments
        ? html`<pre>${outlineOf(tool.arguments)}</pre>
            <pre>${JSON.stringify(tool.arguments, null, 2)}</pre>`
        : html`<p>Its manifest cannot be read here.</p>`
    }
  </details>`;

/** To begin with, where there is nothing to choose. */
const onlyOutline = ([first, ...others]: readonly OfferedTool[]): string =>
  first?.arguments && others.length === 0 ? outlineOf(first.arguments) : '{\n}';

const declineForm = ({ shown, visitor }: AssistanceContent): Html =>
  html`<section class="card" aria-labelledby="decline">
    <h2 id="decline">Or decline</h2>
    <form method="post" action="/assistance/${shown.requestId}/decline">
      ${csrfField(visitor)}
      <label for="reason">Why is there nothing to propose?</label>
      <select id="reason" name="reasonCode" required>
        ${options(
          reasonCodes.map((value) => ({ value, text: spoken(value) })),
          undefined,
        )}
      </select>
      <label for="comment">In your words</label>
      <textarea id="comment" name="comment" rows="2" maxlength="${commentMaxLength}"></textarea>
      <div class="buttons"><button class="refuse">Decline</button></div>
    </form>
  </section>`;

const nameOf = ({ name, version }: OfferedTool): string => `${name}@${version}`;
