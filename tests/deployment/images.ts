/** What is wrong with the name of an image: it names a registry, or may be another one tomorrow. */
export const imageProblems = (image: string): readonly string[] => {
  const [, path = '', tag = ''] = /^([^@]+?)(?::([^:/@]+))?$/.exec(image) ?? [];
  const [first = ''] = path.split('/');
  const problems: string[] = [];
  if (path.includes('/') && /[.:]|^localhost$/.test(first)) {
    problems.push(`${image} names a registry`);
  }
  if (!/\d+\.\d+\.\d+/.test(tag)) problems.push(`${image} is not pinned to a version`);
  return problems;
};
