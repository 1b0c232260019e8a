import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { functionDefinition } from '@countersign/tools';
import OpenAI from 'openai';
import { modes, startScriptedModel, type RunningScriptedModel } from '../src/index.js';
import { messagesOf, tools } from './conversation.js';

let model: RunningScriptedModel;
let client: OpenAI;
beforeAll(async () => {
  model = await startScriptedModel({ port: 0 });
  client = new OpenAI({ baseURL: `${model.url}/v1`, apiKey: 'none', maxRetries: 0 });
});
afterAll(() => model.close());

const ticket = { customer: { id: '0931' }, subject: 'Refund', body: 'Refund 5 EUR for A-310931.' };
const drafting = (name = 'scripted-1') => ({
  model: name,
  messages: messagesOf('draft', ticket) as never,
  tools: tools.map(functionDefinition),
});
const classifying = (name = 'scripted-1') => ({
  model: name,
  messages: messagesOf('classify', ticket) as never,
  response_format: {
    type: 'json_schema' as const,
    json_schema: { name: 'c', schema: { type: 'object', properties: { category: {} } } },
  },
});
const said = async (request: ReturnType<typeof drafting> | ReturnType<typeof classifying>) =>
  (await client.chat.completions.create(request)).choices[0]!;
const control = (body: object, method = 'POST') =>
  fetch(`${model.url}/control`, { method, body: JSON.stringify(body) });

describe('the endpoint', () => {
  it('speaks Chat Completions to the usual client, and says what it is', async () => {
    const { data, response } = await client.chat.completions.create(drafting()).withResponse();
    expect(data).toMatchObject({
      object: 'chat.completion',
      model: 'scripted-1',
      system_fingerprint: 'scripted-rules-no-language-model',
      choices: [{ finish_reason: 'tool_calls', message: { role: 'assistant' } }],
    });
    expect(data.choices[0]!.message.tool_calls).toMatchObject([
      { type: 'function', function: { name: 'crm_get-order', arguments: '{"order":"A-310931"}' } },
    ]);
    expect(data.usage!.total_tokens).toBeGreaterThan(50);
    expect(response.headers.get('x-scripted-model')).toMatch(/no language model/);
  });

  it('fills only the fields that the asked-for schema has', async () => {
    const { message } = await said(classifying());
    expect(JSON.parse(message.content!)).toEqual({ category: 'refund' });
  });

  it('gives the same answer to the same request', async () => {
    const [one, two] = [await said(drafting()), await said(drafting())];
    expect(one).toEqual(two);
  });

  it('lists its models, the failing ones too', async () => {
    const ids = (await client.models.list()).data.map(({ id }) => id);
    expect(ids).toEqual(['scripted-1', ...modes.map((mode) => `scripted-1:${mode}`)]);
  });

  it('streams the same answer in chunks', async () => {
    for (const request of [drafting(), classifying()]) {
      const whole = await said(request);
      const stream = client.chat.completions.stream({
        ...request,
        stream_options: { include_usage: true },
      } as never);
      const { choices, usage } = await stream.finalChatCompletion();
      expect(choices[0]!.finish_reason).toBe(whole.finish_reason);
      expect(choices[0]!.message.content).toBe(whole.message.content);
      const calls = (message: typeof whole.message) =>
        message.tool_calls?.map((made) => made.type === 'function' && made.function.arguments);
      expect(calls(choices[0]!.message as never)).toEqual(calls(whole.message));
      expect(usage!.total_tokens).toBeGreaterThan(0);
    }
  });

  it('answers a request without a ticket by saying what it is', async () => {
    const messages = [{ role: 'user' as const, content: 'Tell me a joke' }];
    const { choices } = await client.chat.completions.create({ model: 'scripted-1', messages });
    expect(choices[0]!.message.content).toMatch(/scripted model/);
  });

  it('refuses other models, other shapes and other paths', async () => {
    await expect(said(drafting('gpt-5'))).rejects.toMatchObject({ status: 404 });
    await expect(said(drafting('scripted-1:sing'))).rejects.toMatchObject({ status: 404 });
    const post = (body: string) =>
      fetch(`${model.url}/v1/chat/completions`, { method: 'POST', body });
    expect((await post('{}')).status).toBe(400);
    expect((await post('{')).status).toBe(400);
    expect((await post('x'.repeat(5 * 1024 * 1024))).status).toBe(413);
    expect((await fetch(`${model.url}/v1/embeddings`)).status).toBe(404);
  });
});

describe('H5: the ways to fail', () => {
  it('break off in the middle, or withhold the answer', async () => {
    const cut = await said(classifying('scripted-1:cut'));
    expect(cut.finish_reason).toBe('length');
    expect(() => JSON.parse(cut.message.content!) as unknown).toThrow();
    const filtered = await said(classifying('scripted-1:filtered'));
    expect(filtered).toMatchObject({ finish_reason: 'content_filter', message: { content: null } });
  });

  it('write garbage, unknown functions, fields too many, calls too many, text too long', async () => {
    const argumentsOf = async (mode: string) => {
      const { message } = await said(drafting(`scripted-1:${mode}`));
      return (message.tool_calls ?? []).map((made) =>
        made.type === 'function' ? made.function : { name: '', arguments: '' },
      );
    };
    const [garbage] = await argumentsOf('garbage');
    expect(() => JSON.parse(garbage!.arguments) as unknown).toThrow();
    expect(await argumentsOf('unknown-tool')).toMatchObject([{ name: 'crm_delete-customer' }]);
    const [wide] = await argumentsOf('extra-field');
    expect(JSON.parse(wide!.arguments)).toEqual({ order: 'A-310931', approved: true });
    expect(await argumentsOf('many-calls')).toHaveLength(10_000);
    expect(await argumentsOf('loop')).toMatchObject([{ name: 'crm_get-order' }]);
    const { message } = await said(classifying('scripted-1:oversized'));
    expect(message.content!.length).toBe(5 * 1024 * 1024);
    const { choices } = await client.chat.completions.create(drafting('scripted-1:empty'));
    expect(choices).toEqual([]);
  });

  it('refuse, break, or never answer', async () => {
    await expect(said(drafting('scripted-1:429'))).rejects.toMatchObject({ status: 429 });
    await expect(said(drafting('scripted-1:500'))).rejects.toMatchObject({ status: 500 });
    const hanging = client.chat.completions.create(drafting('scripted-1:hang'), { timeout: 60 });
    await expect(hanging).rejects.toThrow();
  });

  it('can be armed for the next requests of one task, and disarmed', async () => {
    expect((await control({ mode: '500', task: 'draft' })).status).toBe(200);
    expect((await said(classifying())).finish_reason).toBe('stop');
    await expect(said(drafting())).rejects.toMatchObject({ status: 500 });
    expect((await said(drafting())).finish_reason).toBe('tool_calls');
    await control({ mode: '429', times: 5 });
    await control({}, 'DELETE');
    expect((await said(drafting())).finish_reason).toBe('tool_calls');
    expect((await control({ mode: 'sing' })).status).toBe(400);
  });
});
