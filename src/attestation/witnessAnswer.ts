import * as E from 'fp-ts/lib/Either.js'
import type { Witness } from '../config/witnesses.ts'
import type { Checkpoint } from '../tlog/checkpoint.ts'
import type { VerifierKey } from '../tlog/keys.ts'
import { formatSignature, parseSignatures } from '../tlog/note.ts'
import { formatSubmission, type Submission } from '../tlog/submission.ts'
import { checkSignature } from '../tlog/verifyCheckpoint.ts'
import { type Answered, exchange, type Patience } from './exchange.ts'

/** It could not be asked, or did not mean to answer. */
export interface Unreachable {
  readonly _tag: 'Unreachable'
  readonly reason: string
}

/** It does not agree; 422 where it has seen another history. `reason` is for a person. */
export interface Refused {
  readonly _tag: 'Refused'
  readonly status: number
  readonly reason: string
}

/** What a witness answers to one submission (C2SP tlog-witness, add-checkpoint). */
export type SubmissionAnswer =
  | { readonly _tag: 'Cosigned'; readonly lines: string }
  | { readonly _tag: 'Conflict'; readonly size: number }
  | Refused
  | Unreachable

const WORDS: Readonly<Record<number, string>> = {
  400: 'it cannot read the submission',
  403: "it does not accept the log's signature: has it the right verifier key?",
  404: 'it does not watch this log',
  422: 'it has seen another history of this log',
}

const SIZE = /^(0|[1-9]\d{0,15})\n?$/
const MOST_SAID = 200

/** As much of somebody's words as a line of a log takes. */
const saidIn = ({ contentType, body }: Answered): string => {
  if (!contentType.startsWith('text/plain')) return ''
  const text = body
    .toString('utf8')
    .replace(/[^\P{C}]+/gu, ' ')
    .trim()
  return text === '' ? '' : `; it says: ${text.slice(0, MOST_SAID)}`
}

const readAnswer = (answered: Answered): SubmissionAnswer => {
  const { status, body } = answered
  if (status === 200) return { _tag: 'Cosigned', lines: body.toString('utf8') }
  if (status === 409) {
    const size = Number(SIZE.exec(body.toString('latin1'))?.[1] ?? Number.NaN)
    if (Number.isSafeInteger(size)) return { _tag: 'Conflict', size }
    return { _tag: 'Refused', status, reason: 'it answers 409 and does not say which size it knows' }
  }
  const words = WORDS[status]
  if (words !== undefined) return { _tag: 'Refused', status, reason: `${words}${saidIn(answered)}` }
  return { _tag: 'Unreachable', reason: `it answers ${status}` }
}

/** Brings a checkpoint to a witness, once. */
export const submit = async (
  { url }: Pick<Witness, 'url'>,
  submission: Submission,
  patience: Patience,
): Promise<SubmissionAnswer> => {
  const answered = await exchange(
    `${url}/add-checkpoint`,
    { method: 'POST', headers: { 'Content-Type': 'text/plain' }, body: formatSubmission(submission) },
    patience,
  )
  return E.isLeft(answered) ? { _tag: 'Unreachable', reason: answered.left } : readAnswer(answered.right)
}

/** Cosignatures of a witness that are good. */
export interface GoodCosignatures {
  /** Signature lines, each with its newline. */
  readonly lines: string
  /** When it has signed, as it says, in seconds since 1970. */
  readonly at: number
}

/** Checks what a witness has answered: those lines that are by its keys, at least one, one a key and all of them good; or why not. */
export const checkCosignatures = (
  lines: string,
  checkpoint: Checkpoint,
  { keys }: Pick<Witness, 'keys'>,
): E.Either<string, GoodCosignatures> => {
  const parsed = parseSignatures(lines)
  if (E.isLeft(parsed)) return E.left(`its cosignatures cannot be read: ${parsed.left}`)
  const good = new Map<VerifierKey, string>()
  let newest = 0
  for (const signature of parsed.right) {
    const by = keys.find(({ name, keyId }) => name === signature.name && keyId.equals(signature.keyId))
    if (by === undefined) continue
    const { at = null } = checkSignature(checkpoint, by, signature) ?? {}
    if (at === null || at === 0) return E.left(`its cosignature (${by.keyId.toString('hex')}) is not good`)
    // Otherwise it could fill the note until no reader takes it.
    if (good.has(by)) return E.left(`it has signed more than once with one key (${by.keyId.toString('hex')})`)
    good.set(by, formatSignature(signature))
    newest = Math.max(newest, at)
  }
  return good.size === 0
    ? E.left('none of its cosignatures is by a key that is configured for it')
    : E.right({ lines: [...good.values()].join(''), at: newest })
}
