import { code, table } from './markdown.js';

/** The operations of one OpenAPI document: what can be asked, with what, by whom. */
export const routeTable = ({ paths }) =>
  table(
    ['request', 'parameters', 'who', 'what'],
    Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, operation]) => [
        code(`${method.toUpperCase()} ${path}`),
        parametersOf(operation),
        operation['x-roles']?.join(', ') ?? 'everybody',
        operation.summary,
      ]),
    ),
  );

const parametersOf = ({ parameters = [] }) =>
  parameters
    .filter((one) => one.in !== 'path')
    .map(({ name, required }) => `${code(name)}${required ? ' (needed)' : ''}`)
    .join(', ') || '–';
