import type { JournalReason } from '../../../journal/entry.ts'

const SENTENCES: Readonly<Record<JournalReason, string>> = {
  signature:
    'The signature is missing, or was made with none of the secrets that are set here. Once the right one is set, submit these again; forged ones stay.',
  'store-refused': 'The event store does not take it: it is too large, or speaks of too many users.',
  'echo-limit':
    'The same payload came so often, under other ids or times, that no more copies are kept: look who sends them.',
  'no-payload': 'It holds no payload. A subscription at the provider may wait for its confirmation.',
  'not-json': 'It is not JSON.',
  'not-a-webhook': 'It is JSON, and no webhook.',
  'too-large': 'It is larger than 1 MiB. Only its beginning is kept: ask the provider for it.',
  encoding: 'It is packed in a way that is not known here, or wrongly.',
}

/** Why a delivery was not appended, for a person, and what can be done about it. */
export const reasonInWords = (reason: JournalReason): string => SENTENCES[reason]
