import { runCommand } from './command.js';
import { KafkaCannotStart, otherwise } from './errors.js';

/** What Kafka 4 asks for. */
export const javaMin = 17;

/** `openjdk version "17.0.15"`, `"1.8.0_402"`, `"21"`. */
export const javaVersionIn = (said: string): { text: string; major: number } | undefined => {
  const text = /version "([^"]+)"/.exec(said)?.[1];
  if (text === undefined) return undefined;
  const [first, second] = text.split(/[._-]/).map(Number);
  return { text, major: first === 1 ? second! : first! };
};

/** @throws KafkaCannotStart there is no Java, or it is too old */
export const checkJava = async (java: string): Promise<void> => {
  const { code, said } = await runCommand(java, ['-version']);
  const found = code === 0 ? javaVersionIn(said) : undefined;
  if (!found) {
    throw new KafkaCannotStart(
      'java-missing',
      `Kafka needs Java ${javaMin} or newer and found none: install a Java runtime, ${otherwise}`,
    );
  }
  if (found.major >= javaMin) return;
  throw new KafkaCannotStart(
    'java-too-old',
    `Kafka needs Java ${javaMin} or newer and found ${found.text}: install a newer one, ${otherwise}`,
  );
};
