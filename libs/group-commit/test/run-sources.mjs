// Lets a child process of a test run our sources: node --experimental-transform-types --import this.
import { registerHooks } from 'node:module';

const packageName = /^@countersign\/([a-z-]+)$/;
const libs = new URL('../../', import.meta.url);

registerHooks({
  resolve: (specifier, context, next) => {
    const name = packageName.exec(specifier)?.[1];
    if (name) return next(new URL(`${name}/src/index.ts`, libs).href, context);
    const ours = context.parentURL?.endsWith('.ts') && specifier.startsWith('.');
    return next(ours ? specifier.replace(/\.js$/, '.ts') : specifier, context);
  },
});
