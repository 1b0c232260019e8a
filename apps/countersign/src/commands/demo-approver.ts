import type { DemoCase } from './demo-story.js';
import type { Approving } from './demo-tickets.js';
import type { FrontDoor } from './front-door.js';

/** Decides on the demo's own cases as their index says. Ana approves, Lena answers for the agent. */
export const demoApprover = (ana: FrontDoor, lena: FrontDoor) => {
  const done = new Map<string, number>();

  const planOf = ({ ticket, caseId }: DemoCase): Approving | undefined => {
    let plan = ticket.approver ?? undefined;
    for (let n = 0; n < (done.get(caseId) ?? 0); n += 1) plan = plan?.then;
    return plan;
  };
  const decideOn = async (one: DemoCase, proposalId: string) => {
    const plan = planOf(one) ?? { do: 'approve' };
    const shown = await ana.get(`/v1/approvals/${proposalId}`);
    const body = {
      decision: plan.do,
      ...(plan.reason !== undefined && { reasonCode: plan.reason }),
      ...(plan.comment !== undefined && { comment: plan.comment }),
    };
    const headers = { 'if-match': shown.etag! };
    await ana.send('PUT', `/v1/approvals/${proposalId}/decision`, body, headers);
    done.set(one.caseId, (done.get(one.caseId) ?? 0) + 1);
  };
  const decline = async (one: DemoCase, requestId: string) => {
    const plan = planOf(one);
    await lena.send('POST', `/v1/assistance/${requestId}/decline`, {
      reasonCode: plan?.reason ?? 'other',
      comment: plan?.comment ?? 'The demo proposes nothing by hand.',
    });
  };

  return {
    /** Decides on whatever of these cases waits for people now. */
    act: async (cases: readonly DemoCase[]): Promise<void> => {
      const byId = new Map(cases.map((one) => [one.caseId, one]));
      for (const { caseId, proposalId } of await itemsOf(
        ana,
        '/v1/approvals?state=open&limit=100',
      )) {
        const one = byId.get(caseId);
        if (one && proposalId !== undefined) await decideOn(one, proposalId);
      }
      for (const { caseId, requestId } of await itemsOf(
        lena,
        '/v1/assistance?state=open&limit=100',
      )) {
        const one = byId.get(caseId);
        if (one && requestId !== undefined) await decline(one, requestId);
      }
    },
  };
};

interface Item {
  readonly caseId: string;
  readonly proposalId?: string;
  readonly requestId?: string;
}
const itemsOf = async (door: FrontDoor, path: string): Promise<readonly Item[]> =>
  ((await door.get(path)).body as { items: Item[] }).items;
