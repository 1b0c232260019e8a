import { Catch, type RpcExceptionFilter } from '@nestjs/common';
import { throwError, type Observable } from 'rxjs';

/**
 * Passes an error on as it is. Nest's own filter replaces what it does not know by "Internal server
 * error", which would hide whether infrastructure or the message failed.
 */
@Catch()
export class KeepCause implements RpcExceptionFilter {
  catch(error: unknown): Observable<never> {
    const kept =
      error instanceof Error ? error : new Error('a handler threw no error', { cause: error });
    return throwError(() => kept);
  }
}
