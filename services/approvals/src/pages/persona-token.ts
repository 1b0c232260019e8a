import { Problem } from '@countersign/http';

/** The issuer stands on the same machine. */
const answerMaxMs = 5_000;

/** A token of the development issuer for one of its personas. @throws Problem 502 */
export const personaToken = async (issuer: string, as: string): Promise<string> => {
  try {
    const response = await fetch(`${issuer}/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ as }),
      redirect: 'error',
      signal: AbortSignal.timeout(answerMaxMs),
    });
    const { access_token: token } = (await response.json()) as { access_token?: unknown };
    if (response.ok && typeof token === 'string') return token;
    throw new Error(`the issuer answered ${response.status}`);
  } catch (cause) {
    throw new Problem(502, 'issuer-unreachable', 'Signing in is not possible now', {
      detail: 'The development issuer gave no token.',
      cause: String(cause),
    });
  }
};
