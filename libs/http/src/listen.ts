import type { AddressInfo } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

export interface ListenOptions {
  /** 0: any free port. */
  readonly port: number;
  /** Loopback unless said. */
  readonly host?: string;
  /** Name of the setting that chooses the port, for the error. */
  readonly setting: string;
}

/** The door cannot be opened; the message says which setting to change. */
export class CannotListen extends Error {
  override readonly name = 'CannotListen';
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use by another program; stop that one',
  EACCES: 'needs more rights than this program has',
  EADDRNOTAVAIL: 'is at an address that this machine does not have',
};

/** What went wrong, as a `CannotListen` where somebody can do something about it. */
export const whyNotListening = (
  error: unknown,
  { port, host = '127.0.0.1', setting }: ListenOptions,
): unknown => {
  const reason = reasons[(error as NodeJS.ErrnoException).code ?? ''];
  if (reason === undefined) return error;
  const message = `port ${port} (${host}) ${reason}, or set ${setting} to another port`;
  return new CannotListen(message, { cause: error });
};

/** Starts to listen. @returns the bound port @throws CannotListen */
export const listen = async (
  app: NestFastifyApplication,
  options: ListenOptions,
): Promise<number> => {
  const { port, host = '127.0.0.1' } = options;
  try {
    await app.listen({ port, host });
  } catch (error) {
    throw whyNotListening(error, options);
  }
  return (app.getHttpServer().address() as AddressInfo).port;
};
