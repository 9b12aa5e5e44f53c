/**
 * What can go wrong, by the last part of its `type`: its status, and its title, which is the same each time. A kind keeps
 * its name and its meaning for ever: clients decide by it. Each stands in the table of docs/api.md and is seen over HTTP in
 * test/http/problems.test.ts.
 */
export const PROBLEMS = {
  'bad-body': [400, 'The body is not what it must be'],
  'bad-parameter': [400, 'A query parameter is not known here, or not what it must be'],
  'bad-user-id': [400, 'No user can have this id'],
  'foreign-position': [400, 'This is not a position of this log'],
  'future-known-at': [400, 'What will be known is not known now'],
  'not-a-webhook': [400, 'The body is not a webhook'],
  'unreadable-request': [400, 'The request cannot be understood'],
  'no-api-key': [401, 'An API key is required'],
  'keys-not-set': [403, 'Without API keys nobody can be named'],
  'missing-scope': [403, 'The API key lacks a scope'],
  'second-person-needed': [403, 'Another person has to confirm'],
  'unknown-erasure': [404, 'The user has no such erasure'],
  'unknown-event': [404, 'There is no such event'],
  'unknown-hold': [404, 'The user has no such hold'],
  'unknown-path': [404, 'No such path'],
  'unknown-user': [404, 'No event of the user is known'],
  'method-not-allowed': [405, 'The path does not know this method'],
  'hold-lifted': [409, 'The hold was lifted before'],
  'erasure-forbidden': [409, 'A rule forbids the erasure'],
  'history-removed': [410, 'Events of the user were taken out of the event store'],
  'user-erased': [410, 'The records of the user were erased'],
  'body-too-large': [413, 'The body is too large'],
  'unsupported-encoding': [415, 'The content encoding is not supported'],
  'internal-error': [500, 'The service failed to answer'],
  'sealed-otherwise': [500, 'The event is not the one that was sealed'],
  'unreadable-event': [500, 'This version fails on an event of the user'],
  'erasure-not-recorded': [503, 'A step of an erasure could not be recorded'],
  'access-not-recorded': [503, 'It could not be recorded who looked'],
  'clock-wrong': [503, 'The clock of this node is wrong'],
  'clock-stands-still': [503, 'The clock stands still'],
  'event-store-unreachable': [503, 'The event store does not answer'],
  'history-damaged': [503, 'Events of the user cannot be read'],
  'not-sealed': [503, 'No checkpoint covers this yet'],
  'not-as-sealed': [503, 'The log is not the one that was sealed'],
  'not-stored': [503, 'The delivery could not be stored'],
  'not-verified': [503, 'The signature is missing or wrong'],
  'position-not-reached': [503, 'The read model has not come to the position yet'],
  'read-model-behind': [503, 'The read model is catching up with the log'],
  'too-many-feeds': [503, 'Too many readers of the whole log'],
  'too-many-histories': [503, 'Too many histories are being told'],
  'tree-differs': [503, "The log's tree is not the one that was signed"],
} as const satisfies Record<string, readonly [status: number, title: string]>

export type ProblemKind = keyof typeof PROBLEMS

/** The `type` of a problem document: a relative URI reference with its full path (RFC 9457, 3.1.1), a name and no address. */
export const typeOf = (kind: ProblemKind): string => `/problems/${kind}`
