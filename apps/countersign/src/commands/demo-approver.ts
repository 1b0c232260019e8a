import type { DemoCase } from './demo-story.js';
import type { Approving } from './demo-tickets.js';
import type { FrontDoor } from './front-door.js';

/** Decides on the demo's own cases as their index says. Ana approves, Lena answers for the agent. */
export const demoApprover = (ana: FrontDoor, lena: FrontDoor) => {
  /** Proposals and requests, by case. A list may show for a moment what was answered already. */
  const answered = new Map<string, Set<string>>();

  const answeredOf = (caseId: string): Set<string> => {
    const ids = answered.get(caseId) ?? new Set();
    answered.set(caseId, ids);
    return ids;
  };
  const planOf = ({ ticket, caseId }: DemoCase): Approving | undefined => {
    let plan = ticket.approver ?? undefined;
    for (let n = 0; n < answeredOf(caseId).size; n += 1) plan = plan?.then;
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
  };
  const decline = async (one: DemoCase, requestId: string) => {
    const plan = planOf(one);
    await lena.send('POST', `/v1/assistance/${requestId}/decline`, {
      reasonCode: plan?.reason ?? 'other',
      comment: plan?.comment ?? 'The demo proposes nothing by hand.',
    });
  };

  type Answer = (one: DemoCase, id: string) => Promise<void>;
  const answerAll = async (items: readonly Item[], cases: readonly DemoCase[], answer: Answer) => {
    for (const { caseId, proposalId, requestId } of items) {
      const one = cases.find((known) => known.caseId === caseId);
      const id = proposalId ?? requestId;
      if (!one || id === undefined || answeredOf(caseId).has(id)) continue;
      await answer(one, id);
      answeredOf(caseId).add(id);
    }
  };

  return {
    /** Decides on whatever of these cases waits for people now. */
    act: async (cases: readonly DemoCase[]): Promise<void> => {
      await answerAll(await itemsOf(ana, 'approvals'), cases, decideOn);
      await answerAll(await itemsOf(lena, 'assistance'), cases, decline);
    },
  };
};

interface Item {
  readonly caseId: string;
  readonly proposalId?: string;
  readonly requestId?: string;
}
/** Those with most time left, the demo's own among them, however many others have been waiting. */
const itemsOf = async (door: FrontDoor, list: string): Promise<readonly Item[]> => {
  const { body } = await door.get(`/v1/${list}?state=open&order=desc&limit=100`);
  return (body as { items: Item[] }).items;
};
