import { ValidationPipe, type ArgumentMetadata } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { invalidRequest, type ProblemPlace } from './problem.js';

/** More places than these help nobody, and a hostile body could ask for thousands. */
const placesMax = 50;

class FailedValidation extends Error {
  constructor(readonly errors: readonly ValidationError[]) {
    super('failed validation');
  }
}

/** Validates by the decorators of the handler's class; each fault gets a pointer into the body. */
class RequestValidation extends ValidationPipe {
  constructor() {
    super({
      whitelist: true,
      forbidNonWhitelisted: true,
      forbidUnknownValues: true,
      transform: true,
      exceptionFactory: (errors: ValidationError[]) => new FailedValidation(errors),
    });
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    try {
      return (await super.transform(value, metadata)) as unknown;
    } catch (error) {
      if (!(error instanceof FailedValidation)) throw error;
      const places = error.errors.flatMap((fault) => placesOf(fault, ''));
      throw invalidRequest(
        places
          .slice(0, placesMax)
          .map(({ path, message }) =>
            metadata.type === 'body'
              ? { pointer: path, message }
              : { parameter: path.slice(1).replaceAll('/', '.'), message },
          ),
      );
    }
  }
}

/**
 * The pipe of every app of ours: instances of the declared classes, unknown properties refused.
 * @throws Problem 400 with `errors[{pointer, message}]`, for queries `errors[{parameter, message}]`
 */
export const requestValidation = (): ValidationPipe => new RequestValidation();

/** Flattens nested faults; the pointer is by RFC 6901. */
const placesOf = (fault: ValidationError, above: string): { path: string; message: string }[] => {
  const path = `${above}/${fault.property.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  const messages = Object.entries(fault.constraints ?? {}).map(([rule, message]) => ({
    path,
    message: rule === 'whitelistValidation' ? 'is not known here' : message,
  }));
  return [...messages, ...(fault.children ?? []).flatMap((child) => placesOf(child, path))];
};

export type { ProblemPlace };
