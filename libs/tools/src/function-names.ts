import type { Tool } from './tool.js';

/** A tool's name as model APIs allow it: `crm.get-order` becomes `crm_get-order`. */
export const functionName = (tool: Pick<Tool, 'tool'>): string => tool.tool.replaceAll('.', '_');

/**
 * The tool that a model means, of those it was given: exact, case and all. Anything else is a tool
 * that does not exist (C1).
 */
export const toolNamed = (name: string, allowed: readonly Tool[]): Tool | undefined =>
  allowed.find((tool) => functionName(tool) === name);

/** A tool as a function of the Chat Completions API. */
export const functionDefinition = (
  tool: Tool,
): {
  type: 'function';
  function: { name: string; description: string; parameters: Record<string, unknown> };
} => ({
  type: 'function',
  function: {
    name: functionName(tool),
    description: tool.description.trim(),
    parameters: withoutDiscriminators(tool.arguments) as Record<string, unknown>,
  },
});

/** `discriminator` is a word of our validator that model APIs do not know. */
const withoutDiscriminators = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(withoutDiscriminators);
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([keyword]) => keyword !== 'discriminator')
      .map(([keyword, value]) => [keyword, withoutDiscriminators(value)]),
  );
};
