import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDemoCrm, type LedgerEntry } from '@countersign/demo-crm';
import {
  argumentsFrom,
  functionDefinition,
  inProcessToolCaller,
  loadTools,
  requestFor,
  toolNamed,
  witnessRequestFor,
  type CallOutcome,
} from '@countersign/tools';
import { parse } from 'yaml';
import { readFileSync } from 'node:fs';
import { answer, modelName, type AnswerOptions, type ChatMessage } from '../src/index.js';
import type { Feedback } from '../src/data-block.js';

const config = join(import.meta.dirname, '..', '..', '..', 'config');
export const tools = loadTools(join(config, 'tools'));
const profile = (name: string) =>
  parse(readFileSync(join(config, 'profiles', `${name}@1.yaml`), 'utf8')) as {
    system: string;
    output?: object;
  };
const classifier = profile('classifier');
const drafter = profile('ticket-drafter');

export interface Ticket {
  readonly customer: { readonly id: string; readonly name?: string };
  readonly subject: string;
  readonly body: string;
  readonly order?: string;
}

/** The messages of a step as the agent service writes them; see README. */
export const messagesOf = (
  task: string,
  ticket: Ticket,
  results: object = {},
  feedback?: Feedback,
): ChatMessage[] => [
  { role: 'system', content: task === 'classify' ? classifier.system : drafter.system },
  {
    role: 'user',
    content: `<<<DATA\n${JSON.stringify({ task, ticket, results, feedback })}\nDATA>>>`,
  },
];

export const classificationOf = (ticket: Ticket, options: AnswerOptions = {}) => {
  const request = {
    model: modelName,
    messages: messagesOf('classify', ticket),
    response_format: {
      type: 'json_schema',
      json_schema: { name: 'classifier', schema: classifier.output as object },
    },
  };
  return JSON.parse(answer(request, options).choices[0]!.message.content!) as Record<
    string,
    string
  >;
};

export interface Drafted {
  readonly rationale: string | null;
  /** The function it ended in: one that writes, or `abstain`. */
  readonly name: string;
  readonly arguments: Record<string, any>;
  readonly lookedUp: readonly string[];
}

const abstainFunction = {
  type: 'function',
  function: { name: 'abstain', description: '', parameters: { type: 'object' } },
};

/** The demo CRM, and what an agent without the right to write sees of it. */
export const openWorld = () => {
  const folder = mkdtempSync(join(tmpdir(), 'scripted-'));
  const dataFile = join(folder, 'ledger.jsonl');
  const crm = openDemoCrm({ dataFile, readKey: 'r', writeKey: 'w', fsync: false });
  const callerWith = (credentials: Record<string, string>) =>
    inProcessToolCaller({ targets: { crm: crm.request }, credentials });
  const reading = callerWith({ 'crm-read': 'r' });
  const writing = callerWith({ 'crm-read': 'r', 'crm-write': 'w' });
  const call = (caller: typeof reading, request: Parameters<typeof reading.call>[0]) =>
    caller.call(request, { deadlineMs: 1_000, monotonic: () => 0 });

  const draft = async (
    ticket: Ticket,
    { feedback, ...options }: AnswerOptions & { feedback?: Feedback } = {},
  ): Promise<Drafted> => {
    const results = { classify: classificationOf(ticket, options) };
    const messages = messagesOf('draft', ticket, results, feedback);
    const lookedUp: string[] = [];
    for (let turn = 0; turn < 5; turn += 1) {
      const offered = [...tools.map(functionDefinition), abstainFunction];
      const { message } = answer({ model: modelName, messages, tools: offered }, options)
        .choices[0]!;
      const made = message.tool_calls![0]!;
      const tool = toolNamed(made.function.name, tools);
      const ended = tool?.effect !== 'read';
      const args = JSON.parse(made.function.arguments) as Record<string, any>;
      if (ended)
        return { rationale: message.content, name: made.function.name, arguments: args, lookedUp };
      lookedUp.push(String(args.order));
      const outcome = await call(reading, requestFor(tool, args));
      const { status, body } = outcome as Extract<CallOutcome, { kind: 'answered' }>;
      const content = JSON.stringify({ status, body: JSON.parse(body) as unknown });
      messages.push(message, { role: 'tool', tool_call_id: made.id, content });
    }
    throw new Error('the model never ends');
  };

  return {
    draft,
    /** Runs what was drafted, as an executor would: checked, against the witness, under a key. */
    execute: async (drafted: Drafted, key: string): Promise<CallOutcome> => {
      const tool = toolNamed(drafted.name, tools)!;
      const read = argumentsFrom(tool, JSON.stringify(drafted.arguments));
      if (!read.ok) throw new Error(JSON.stringify(read.errors));
      const seen = await call(reading, witnessRequestFor(tool, read.arguments)!);
      const { headers } = seen as Extract<CallOutcome, { kind: 'answered' }>;
      const options = { idempotencyKey: key, ifMatch: headers.etag! };
      return call(writing, requestFor(tool, read.arguments, options));
    },
    ledger: async (): Promise<LedgerEntry[]> => {
      const { body } = await crm.request({ method: 'GET', path: '/ledger', headers: {} });
      return (JSON.parse(body) as { entries: LedgerEntry[] }).entries;
    },
    close: async () => {
      await crm.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
