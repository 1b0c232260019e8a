// The part of the Chat Completions API that this server speaks.

export interface ChatCall {
  readonly id: string;
  readonly type: 'function';
  readonly function: { readonly name: string; readonly arguments: string };
}

export interface ChatMessage {
  readonly role: 'system' | 'developer' | 'user' | 'assistant' | 'tool';
  readonly content?: string | null | readonly { readonly type: string; readonly text?: string }[];
  readonly tool_calls?: readonly ChatCall[];
  readonly tool_call_id?: string;
}

export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly tools?: readonly {
    readonly type: string;
    readonly function: { readonly name: string };
  }[];
  readonly response_format?: {
    readonly type: string;
    readonly json_schema?: { readonly schema?: { readonly properties?: object } };
  };
  readonly stream?: boolean;
  readonly stream_options?: { readonly include_usage?: boolean } | null;
}

export type FinishReason = 'stop' | 'tool_calls' | 'length' | 'content_filter';

export interface ChatCompletion {
  readonly id: string;
  readonly object: 'chat.completion';
  /** Seconds since 1970. */
  readonly created: number;
  readonly model: string;
  readonly system_fingerprint: string;
  readonly choices: readonly {
    readonly index: number;
    readonly message: {
      readonly role: 'assistant';
      readonly content: string | null;
      readonly refusal: null;
      readonly tool_calls?: readonly ChatCall[];
    };
    readonly logprobs: null;
    readonly finish_reason: FinishReason;
  }[];
  readonly usage: {
    readonly prompt_tokens: number;
    readonly completion_tokens: number;
    readonly total_tokens: number;
  };
}

/** What the rules came to, before it is dressed as a completion. */
export interface Said {
  readonly content: string | null;
  readonly calls: readonly { readonly name: string; readonly arguments: string }[];
  readonly finish?: FinishReason;
}

export const say = (content: string): Said => ({ content, calls: [] });
export const call = (name: string, args: unknown, content: string | null = null): Said => ({
  content,
  calls: [{ name, arguments: JSON.stringify(args) }],
});

export const textOf = ({ content }: ChatMessage): string =>
  typeof content === 'string' ? content : (content ?? []).map((part) => part.text ?? '').join('');
