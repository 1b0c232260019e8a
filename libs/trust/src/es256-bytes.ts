// A signature is two numbers, r and s. A JWS carries them as 64 bytes (RFC 7518, 3.4), OpenSSL makes
// and takes them as DER. Node translates too, but its way costs more than making the signature.

const rawBytes = 64;
/** Hexadecimal digits of r, and of s. */
const half = 64;

/** The 64 bytes of a JWS. @throws TypeError for what is not the DER of a P-256 signature */
export const rawFromDer = (der: Buffer): Buffer => {
  const hex = der.toString('hex');
  const rEnd = 8 + 2 * (der[3] ?? 0);
  const [r, s] = [hex.slice(8, rEnd), hex.slice(rEnd + 4)];
  const raw = Buffer.from(ofFixedLength(r) + ofFixedLength(s), 'hex');
  if (!derFromRaw(raw)?.equals(der)) throw new TypeError('not the DER of a P-256 signature');
  return raw;
};

/** The only DER of a signature; undefined for any other number of bytes. */
export const derFromRaw = (raw: Buffer): Buffer | undefined => {
  if (raw.length !== rawBytes) return undefined;
  const hex = raw.toString('hex');
  const both = integer(hex.slice(0, half)) + integer(hex.slice(half));
  return Buffer.from(`30${lengthOf(both)}${both}`, 'hex');
};

const ofFixedLength = (digits: string): string => digits.slice(-half).padStart(half, '0');

/** As short as can be, with a zero before what would else read as negative. */
const integer = (digits: string): string => {
  const shortest = digits.replace(/^(?:00)+(?=..)/, '');
  const positive = shortest < '8' ? shortest : `00${shortest}`;
  return `02${lengthOf(positive)}${positive}`;
};

/** Never over 127 bytes here, so one byte says it. */
const lengthOf = (hex: string): string => (hex.length / 2).toString(16).padStart(2, '0');
