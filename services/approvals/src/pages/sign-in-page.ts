import { html, type Html } from '@countersign/http';
import type { Persona } from '../settings.js';
import type { PageContent } from './page.js';
import { notice } from './page.js';

export interface SignInOptions {
  /** Undefined when there is no development issuer: then nobody signs in here. */
  readonly personas: readonly Persona[] | undefined;
  /** Where to go on to. */
  readonly next: string;
  readonly said?: string | undefined;
}

/** Who are you? By persona in a development deployment. */
export const signInPage = ({ personas, next, said }: SignInOptions): PageContent => ({
  title: 'Sign in',
  narrow: true,
  main: html`${said !== undefined && notice('info', said)}
    <section class="card">
      <h1>Countersign</h1>
      <p class="lead">Agents propose. People countersign. The workflow remembers.</p>
      ${personas ? choosePersona(personas, next) : callWithToken}
    </section>`,
});

const choosePersona = (personas: readonly Persona[], next: string): Html =>
  html`<p>
      Who are you? Each may do what their role allows, and nobody decides on their own request.
    </p>
    <form method="post" action="/sign-in">
      <input type="hidden" name="next" value="${next}" />
      <ul class="people">
        ${personas.map(
          ({ as, title }) =>
            html`<li>
              <button name="as" value="${as}">
                ${titleOf(title)}<small>${rolesOf(title)}</small>
              </button>
            </li>`,
        )}
      </ul>
    </form>
    <p class="small soft">
      A development sign-in: whoever reaches this machine can be anybody. Never for production.
    </p>`;

/** `Ana, support supervisor`: the name first, then what she does. */
const titleOf = (title: string): string => title.split(',', 1)[0]!;
const rolesOf = (title: string): string => title.slice(titleOf(title).length + 1).trim();

const callWithToken = html`<p>
    This deployment has no sign-in page. Ask your identity provider for a token and call the API
    with it:
  </p>
  <pre>curl -H "Authorization: Bearer $TOKEN" http://localhost:8080/v1/approvals?state=open</pre>
  <p>What there is to call: <a href="/openapi.json">OpenAPI document</a>.</p>`;
