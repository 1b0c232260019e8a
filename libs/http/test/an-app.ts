import { Body, Controller, Get, Param, Post, Put, Query, type Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Log, LogFields } from '@countersign/telemetry';
import { Type as Nested } from 'class-transformer';
import {
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  ValidateNested,
} from 'class-validator';
import { exportJWK, generateKeyPair, SignJWT, type JWK } from 'jose';
import {
  Caller,
  fastifyApp,
  IfMatch,
  listen,
  Problem,
  Public,
  Roles,
  tokenVerifier,
  type FastifyAppOptions,
  type VerifiedCaller,
} from '../src/index.js';

export const issuer = 'http://issuer.test';
export const audience = 'countersign';
export const now = '2026-01-05T09:00:00.000Z';
export const nowSeconds = Date.parse(now) / 1_000;

/** Keys of one issuer and tokens signed by it, with any fault that a test wants. */
export const anIssuer = async (kid = 'key-1') => {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk: JWK = { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' };
  const token = (claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}) =>
    new SignJWT({
      iss: issuer,
      aud: audience,
      sub: 'ana',
      email: 'ana@example.test',
      roles: ['supervisor', 'wizard'],
      exp: nowSeconds + 3_600,
      ...claims,
    })
      .setProtectedHeader({ alg: 'ES256', kid, ...header })
      .sign(privateKey);
  return { jwk, jwks: { keys: [jwk] }, privateKey, token };
};

class Address {
  @IsString()
  'post/code'!: string;
}

class Ticket {
  @IsString()
  @MaxLength(20)
  subject!: string;

  @IsInt()
  @Max(100)
  amount!: number;

  @IsOptional()
  @ValidateNested({ each: true })
  @Nested(() => Address)
  addresses?: Address[];

  @IsOptional()
  @IsObject()
  data?: Record<string, unknown>;
}

class Filter {
  @IsOptional()
  @IsIn(['open', 'closed'])
  state?: string;
}

@Controller('v1/tickets')
export class Tickets {
  @Get()
  @Roles('supervisor', 'auditor')
  list(@Query() filter: Filter, @Caller() caller: VerifiedCaller) {
    return { state: filter.state ?? 'all', caller: { ...caller, token: caller.token.length > 20 } };
  }

  @Post()
  @Public()
  create(@Body() ticket: Ticket) {
    return { made: ticket instanceof Ticket, ticket };
  }

  @Put(':id/decision')
  @Roles('supervisor')
  decide(@Param('id') id: string, @IfMatch() version: string) {
    return { id, version };
  }

  @Get('fault/:kind')
  @Public()
  fault(@Param('kind') kind: string) {
    switch (kind) {
      case 'race':
        throw new Problem(409, 'decided', 'Somebody was faster', { members: { winner: 'ben' } });
      case 'bug':
        throw new Error('s3cret at line 7');
      default:
        throw Object.assign(new Error('inside'), { name: kind });
    }
  }

  @Get('forgotten')
  forgotten() {
    return 'never seen';
  }
}

export interface LoggedLine extends LogFields {
  readonly level: string;
  readonly message: string;
}

/** A log that can be read. */
export const memoryLog = (): Log & { lines: LoggedLine[] } => {
  const lines: LoggedLine[] = [];
  const at = (level: string) => (message: string, fields?: LogFields) =>
    void lines.push({ level, message, ...fields });
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
};

export const startApp = async (
  keys: Parameters<typeof tokenVerifier>[0]['keys'],
  controllers: Type<unknown>[] = [Tickets],
  options: Partial<FastifyAppOptions> & { prepare?: (app: NestFastifyApplication) => void } = {},
) => {
  const log = memoryLog();
  class AppModule {}
  const app = await fastifyApp(
    { module: AppModule, controllers },
    {
      log,
      tokens: tokenVerifier({ issuer, audience, keys, clock: { now: () => now } }),
      ...options,
    },
  );
  options.prepare?.(app);
  const port = await listen(app, { port: 0, setting: 'TEST_PORT' });
  const url = `http://127.0.0.1:${port}`;
  const call = async (path: string, init: RequestInit & { token?: string } = {}) => {
    const { token, ...rest } = init;
    const headers = new Headers(init.headers);
    if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
    const answer = await fetch(url + path, { ...rest, headers });
    const text = await answer.text();
    const type = answer.headers.get('content-type') ?? '';
    const body = /json/.test(type) ? (JSON.parse(text) as Record<string, unknown>) : text;
    return { status: answer.status, type, headers: answer.headers, text, body };
  };
  const send = (path: string, body: string | Uint8Array, type = 'application/json') =>
    call(path, { method: 'POST', body: body as string, headers: { 'content-type': type } });
  return { app, log, port, url, call, send };
};
