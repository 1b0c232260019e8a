/** Why the product does not start, in one line that names the thing and the way out. */
export class CannotStart extends Error {
  override readonly name = 'CannotStart';
}
