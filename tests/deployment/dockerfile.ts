/** One instruction of a Dockerfile, with what it was given. */
export interface Instruction {
  readonly line: number;
  /** In capitals. */
  readonly word: string;
  /** `--name=value` before the arguments. */
  readonly flags: Readonly<Record<string, string>>;
  /** The arguments as written, continued lines joined. */
  readonly rest: string;
}

/** What begins with FROM, in order; arguments before the first one stand in `global`. */
export interface Stage {
  readonly name: string;
  /** The image or the earlier stage, `${NAME}` replaced by its default. */
  readonly from: string;
  readonly instructions: readonly Instruction[];
}

const words = new Set(
  'ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL RUN USER WORKDIR'.split(' '),
);

/** @throws Error naming the line of what is not an instruction */
export const instructionsOf = (text: string): readonly Instruction[] => {
  const found: Instruction[] = [];
  let begun: { line: number; text: string } | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    if (/^\s*#/.test(line) || (line.trim() === '' && !begun)) continue;
    begun = { line: begun?.line ?? index + 1, text: `${begun?.text ?? ''}${line}` };
    if (line.endsWith('\\')) {
      begun.text = `${begun.text.slice(0, -1).trimEnd()} `;
      continue;
    }
    found.push(instructionFrom(begun.line, begun.text));
    begun = undefined;
  }
  if (begun) throw new Error(`line ${begun.line}: the file ends within an instruction`);
  return found;
};

const instructionFrom = (line: number, text: string): Instruction => {
  const [, word = '', after = ''] = /^(\w+)\s+(.*)$/s.exec(text.replace(/\s+/g, ' ')) ?? [];
  if (!words.has(word.toUpperCase())) throw new Error(`line ${line}: no instruction: ${text}`);
  const [leading = ''] = /^(--[\w-]+=\S+ )*/.exec(after) ?? [];
  const flags = [...leading.matchAll(/--([\w-]+)=(\S+)/g)].map(([, name, value]) => [name, value]);
  return {
    line,
    word: word.toUpperCase(),
    flags: Object.fromEntries(flags) as Record<string, string>,
    rest: after.slice(leading.length).trim(),
  };
};

/** @throws Error when something other than ARG stands before the first FROM */
export const stagesOf = (instructions: readonly Instruction[]): readonly Stage[] => {
  const defaults = new Map<string, string>();
  const stages: { name: string; from: string; instructions: Instruction[] }[] = [];
  for (const instruction of instructions) {
    const { word, rest, line } = instruction;
    if (word === 'FROM') {
      const [from = '', , name = ''] = rest.split(' ');
      const image = from.replace(/\$\{(\w+)\}/g, (_, arg: string) => defaults.get(arg) ?? '');
      stages.push({ name, from: image, instructions: [] });
    } else if (stages.length > 0) {
      stages.at(-1)!.instructions.push(instruction);
    } else {
      if (word !== 'ARG') throw new Error(`line ${line}: ${word} before FROM`);
      const [name = '', value = ''] = rest.split('=');
      defaults.set(name, value);
    }
  }
  return stages;
};

/** A list in JSON, as CMD and ENTRYPOINT take it; undefined for a line that a shell would read. */
export const listIn = (rest: string): readonly string[] | undefined => {
  const begin = rest.indexOf('[');
  if (begin === -1) return undefined;
  try {
    return JSON.parse(rest.slice(begin)) as string[];
  } catch {
    return undefined;
  }
};
