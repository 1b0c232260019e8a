import { code, table } from './markdown.js';

/** Every command of the tree with its arguments and options, each under its own heading. */
export const commandReference = (root) => {
  const shared = sharedOptions(root);
  const common = table(['option', 'meaning', 'unless said'], [...shared.values()].map(optionRow));
  return [
    'Every command that asks the running product takes the same four options:',
    common,
    ...leavesOf(root).map(({ path, command }) => section(path, command, shared)),
  ].join('\n\n');
};

const leavesOf = (command, path = []) =>
  command.commands.length === 0
    ? [{ path, command }]
    : command.commands.flatMap((child) => leavesOf(child, [...path, child.name()]));

/** Options of all commands that ask as somebody: said once, not seventeen times. */
const sharedOptions = (root) => {
  const asking = leavesOf(root)
    .map(({ command }) => command)
    .filter(asks);
  return new Map(asking[0].options.slice(0, 4).map((option) => [option.flags, option]));
};
const asks = ({ options }) =>
  ['url', 'issuer', 'as', 'json'].every((name) =>
    options.some((option) => option.attributeName() === name),
  );

const section = (path, command, shared) => {
  const args = command.registeredArguments.map((argument) =>
    argument.required ? `<${argument.name()}>` : `[${argument.name()}]`,
  );
  const isShared = ({ flags, defaultValue }) => shared.get(flags)?.defaultValue === defaultValue;
  const own = command.options.filter(
    (option) => !(asks(command) && shared.has(option.flags) && isShared(option)),
  );
  const lines = [
    `### ${path.join(' ')}`,
    `${code(['./countersign', ...path, ...args].join(' '))}: ${command.description()}.${asks(command) ? ' Takes the options above.' : ''}`,
  ];
  if (own.length > 0) lines.push(table(['option', 'meaning', 'unless said'], own.map(optionRow)));
  return lines.join('\n\n');
};

const optionRow = ({ flags, description, mandatory, defaultValue, argChoices }) => [
  code(flags),
  [description, argChoices && `one of ${argChoices.map(code).join(', ')}`]
    .filter(Boolean)
    .join('; '),
  mandatory ? '**needed**' : defaultValue ? code(defaultValue) : '–',
];
