/**
 * The JSON of a status without the revisions by which it names what is held back: they are of the stream, in the order of arrival.
 * All else of it is of what happened.
 */
export const withoutRevisions = <A extends string | null>(body: A): A =>
  (body === null ? null : body.replace(/"heldBack":\[[^\]]*\]/, (all) => all.replaceAll(/"revision":\d+,/g, ''))) as A
