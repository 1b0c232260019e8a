/** Whether a path is left out of what a build is given, by the rules of .dockerignore. */
export const ignoredBy = (text: string): ((path: string) => boolean) => {
  const rules = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const keeps = line.startsWith('!');
      return { keeps, pattern: patternOf(keeps ? line.slice(1) : line) };
    });
  return (path) => {
    let ignored = false;
    // The last rule that fits decides; one that fits a folder fits all that is in it.
    for (const { keeps, pattern } of rules) if (pattern.test(path)) ignored = !keeps;
    return ignored;
  };
};

const patternOf = (glob: string): RegExp => {
  const source = glob
    .replace(/[.+^$()|[\]{}\\]/g, '\\$&')
    .replaceAll('**/', '\0')
    .replaceAll('*', '[^/]*')
    .replaceAll('\0', '(?:.*/)?');
  return new RegExp(`^${source}(?:/.*)?$`);
};
