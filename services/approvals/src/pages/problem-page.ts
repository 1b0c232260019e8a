import { html, type Problem } from '@countersign/http';
import type { PageContent, Visitor } from './page.js';

export interface ProblemContent {
  readonly visitor: Visitor | undefined;
  readonly problem: Problem;
  readonly correlationId: string;
  /** What somebody typed and would lose. */
  readonly kept?: string | undefined;
  /** Where to look at what stands now. */
  readonly back?: string | undefined;
}

/** Why something was not done, and the way on. */
export const problemPage = ({
  visitor,
  problem,
  correlationId,
  kept,
  back,
}: ProblemContent): PageContent => ({
  title: problem.title,
  visitor,
  narrow: true,
  main: html`<section class="card">
    <p class="soft small">${headings[problem.status] ?? 'Not done'}</p>
    <h1>${problem.title}</h1>
    ${problem.options.detail !== undefined && html`<p class="lead">${problem.options.detail}</p>`}
    ${
      problem.options.errors &&
      html`<ul>
        ${problem.options.errors.map(
          ({ pointer, parameter, message }) =>
            html`<li><code>${pointer ?? parameter}</code> ${message}</li>`,
        )}
      </ul>`
    }
    ${problem.status === 503 && html`<p>Nothing was changed. Please try again in a moment.</p>`}
    ${
      kept !== undefined &&
      kept !== '' &&
      html`<h2>What you wrote</h2>
        <pre>${kept}</pre>`
    }
    <div class="buttons">
      ${back !== undefined && html`<a class="button" href="${back}">Look at it as it stands now</a>`}
      <a class="button" href="/">To the inbox</a>
    </div>
    <p class="small soft">Reference <code>${correlationId}</code></p>
  </section>`,
});

const headings: Readonly<Record<number, string>> = {
  403: 'Not allowed',
  404: 'Not found',
  409: 'Too late: it has moved on',
  412: 'It has changed',
  422: 'Something is missing',
  503: 'Not possible right now',
};
