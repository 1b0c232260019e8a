import { code, table } from './markdown.js';

/** Every port by its number, from the settings that choose it. */
export const portTable = (settings) =>
  table(
    ['port', 'setting', 'what answers there'],
    Object.values(settings)
      .filter(({ parse }) => parse.label === 'port')
      .map(({ name, description, default: port }) => [port, code(name), description]),
  );
