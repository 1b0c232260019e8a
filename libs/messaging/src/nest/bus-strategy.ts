import { Server, type CustomTransportStrategy } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import type { Codec } from '../codec.js';
import { Unacceptable } from '../failures.js';
import { runInLanes, type Lanes, type LanesOptions, type LanesState } from '../lanes.js';
import type { Bus, ReceivedRecord } from '../port.js';
import type { Attempt } from '../take-record.js';
import { MessageContext } from './message-context.js';

export interface BusStrategyOptions extends Omit<LanesOptions, 'handle'> {
  readonly codec: Codec;
  /** How long `close` waits for handlers that run, in milliseconds. */
  readonly graceMs?: number;
}

/** Before `listen`, nothing is consumed. */
export type ConsumingState = LanesState | { readonly name: 'starting' };

/**
 * Nest's transport over our bus: standard controllers, pipes, guards and filters, but lanes, dead
 * letters and fences instead of one message at a time. Connect it with `connectBus`.
 */
export class BusStrategy extends Server implements CustomTransportStrategy {
  override readonly transportId = Symbol('countersign-bus');
  /** The lanes see every failure; Nest need not log it too. */
  override readonly propagatesEventHandlerErrors = true;
  private lanes: Lanes | undefined;

  constructor(private readonly options: BusStrategyOptions) {
    super();
  }

  /** For readiness. */
  get state(): ConsumingState {
    return this.lanes?.state ?? { name: 'starting' };
  }

  async listen(started: (error?: unknown) => void): Promise<void> {
    try {
      this.lanes = await runInLanes({ ...this.options, handle: this.take });
      started();
    } catch (error) {
      started(error);
    }
  }

  async close(): Promise<void> {
    await this.lanes?.close(this.options.graceMs);
  }

  /** There are no events to listen to: `state` says how it stands. */
  on(event: string): never {
    throw new Error(`the bus has no event ${event}; read state`);
  }

  unwrap<T = Bus>(): T {
    return this.options.bus as T;
  }

  private readonly take = async (record: ReceivedRecord, attempt: Attempt): Promise<void> => {
    const message = await this.options.codec.decode(record);
    const handler = this.messageHandlers.get(message.type);
    if (!handler) {
      throw new Unacceptable('no-handler', `${this.options.service} takes no ${message.type}`);
    }
    const context = new MessageContext([record, attempt]);
    await this.betweenHooks(context, async () => {
      const result: unknown = await handler(message, context);
      if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
    });
  };

  private betweenHooks(context: MessageContext, run: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.onProcessingStartHook(this.transportId, context, async () => {
        try {
          await run();
          resolve();
        } catch (error) {
          reject(error instanceof Error ? error : new CauseLost());
        } finally {
          this.onProcessingEndHook?.(this.transportId, context);
        }
      });
    });
  }
}

/** Nest replaced an error, so nobody knows whose it was: the partition waits, nothing is buried. */
class CauseLost extends Error {
  override readonly name = 'CauseLost';
  readonly infrastructure = true;
  constructor() {
    super('a handler failed and KeepCause did not see it; connect the strategy with connectBus');
  }
}
