// node deploy/answers.js URL…: well when one of them answers with 2xx. For health checks in
// containers, whose images carry no curl.
const patienceMs = 3_000;

const answers = async (url) => {
  const response = await fetch(url, { signal: AbortSignal.timeout(patienceMs) });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
};

try {
  await Promise.any(process.argv.slice(2).map(answers));
} catch (error) {
  const causes = error.errors.map(({ message, cause }) => cause?.code ?? cause?.message ?? message);
  console.error(causes.length === 0 ? 'name an address' : [...new Set(causes)].join('; '));
  process.exitCode = 1;
}
