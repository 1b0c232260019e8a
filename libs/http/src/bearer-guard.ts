import {
  applyDecorators,
  createParamDecorator,
  SetMetadata,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiBearerAuth, ApiExtension } from '@nestjs/swagger';
import type { Role } from '@countersign/contracts';
import type { FastifyRequest } from 'fastify';
import { forbidden, unauthenticated } from './problem.js';
import type { Caller as VerifiedCaller, TokenVerifier } from './tokens.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the guard; null on public routes. */
    caller: VerifiedCaller | null;
  }
}

const access = 'countersign:access';
type Access = 'public' | readonly Role[];

/** The route is open to everybody. */
export const Public = () => SetMetadata<string, Access>(access, 'public');

/** The route is open to callers with at least one of these roles. */
export const Roles = (...roles: readonly [Role, ...Role[]]) =>
  applyDecorators(
    SetMetadata<string, Access>(access, roles),
    ApiBearerAuth(),
    ApiExtension('x-roles', roles),
  );

/** Parameter of a handler: who calls. Only on routes with `@Roles`. */
export const Caller = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const { caller } = context.switchToHttp().getRequest<FastifyRequest>();
  if (!caller) throw new TypeError('@Caller on a route without @Roles');
  return caller;
});

/** Deny by default: a route says `@Public` or `@Roles`, or nobody gets in. */
export class BearerGuard implements CanActivate {
  private readonly reflector = new Reflector();

  constructor(private readonly tokens: TokenVerifier) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const targets = [context.getHandler(), context.getClass()];
    const allowed = this.reflector.getAllAndOverride<Access | undefined>(access, targets);
    if (allowed === 'public') return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    if (!allowed) throw forbidden('the route says neither @Public nor @Roles');
    const caller = await this.tokens.verify(bearerOf(request));
    request.caller = caller;
    if (allowed.some((role) => caller.roles.includes(role))) return true;
    throw forbidden(`needs one of ${allowed.join(', ')}; has ${caller.roles.join(', ') || 'none'}`);
  }
}

const bearerOf = ({ headers }: FastifyRequest): string => {
  const token = /^Bearer +([\w~+/.=-]+)$/i.exec(headers.authorization ?? '')?.[1];
  if (token === undefined) throw unauthenticated('no bearer token');
  return token;
};
