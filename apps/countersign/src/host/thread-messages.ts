import type { Service } from '@countersign/contracts';
import type { Settings } from '../settings.js';
import type { Deployment } from './deployment.js';
import type { SharedEngine } from './engine.js';
import type { OutsideAddresses } from './outside.js';

/** What a thread of services is told when it begins. */
export interface ThreadData {
  readonly settings: Settings;
  readonly services: readonly [Service, ...Service[]];
  readonly engine: SharedEngine;
  readonly issuerUrl: string;
  readonly deployment: Deployment;
  /** Bound in that thread when it is not said. */
  readonly outside?: OutsideAddresses | undefined;
}

export interface Wish {
  readonly do: 'start' | 'closeDoors' | 'drain';
  readonly service: Service;
}

/** `close` comes last: the thread ends when its part of the world is closed. */
export type ToThread = (Wish & { readonly call: number }) | 'close';

/** Where a service answers, once it is started. */
export interface Started {
  readonly url: string;
  readonly port: number;
}

export type FromThread = { readonly call: number } & (
  | { readonly started?: Started | undefined }
  | {
      readonly failed: { readonly name: string; readonly message: string; readonly stack?: string };
    }
);
