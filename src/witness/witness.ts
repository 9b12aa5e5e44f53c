import { hash } from 'node:crypto'
import * as E from 'fp-ts/lib/Either.js'
import type { Logger } from '../log/log.ts'
import { formatCheckpoint } from '../tlog/checkpoint.ts'
import type { VerifierKey } from '../tlog/keys.ts'
import { formatNote, formatSignature } from '../tlog/note.ts'
import type { Signer } from '../tlog/sign.ts'
import { type Brought, goesOn, type Refused, readBrought } from './judge.ts'
import type { Witnessed } from './witnessed.ts'

/** What comes of a checkpoint that is brought. */
export type Answer =
  | { readonly _tag: 'Cosigned'; readonly lines: string }
  /** Another size than the old one was seen last. */
  | { readonly _tag: 'Conflict'; readonly size: number }
  | ({ readonly _tag: 'Refused' } & Refused)

/** What a witness consists of. */
export interface WitnessParts {
  readonly logs: ReadonlyMap<string, readonly VerifierKey[]>
  readonly signers: readonly Signer[]
  readonly witnessed: Witnessed
  /** In seconds since 1970. */
  readonly now: () => number
  readonly log: Logger
}

/** A log that signed two histories has signed the proof of it: both stand in the line. */
const tellContradiction = (log: Logger, { checkpoint, signatures }: Brought, seen: string | null, reason: string) =>
  log.error(
    { refused: formatNote({ text: formatCheckpoint(checkpoint), signatures }), cosigned: seen },
    `a log has signed a checkpoint that is not cosigned: ${reason}`,
  )

const cosign = ({ checkpoint, signatures }: Brought, signers: readonly Signer[], at: number) => {
  const cosignatures = signers.map(({ sign }) => sign(checkpoint, at))
  const note = formatNote({ text: formatCheckpoint(checkpoint), signatures: [...signatures, ...cosignatures] })
  return { lines: cosignatures.map(formatSignature).join(''), note }
}

/** `add-checkpoint` (C2SP tlog-witness): what is cosigned is durable before it is given. Throws where it cannot be kept. */
export const addCheckpoint =
  ({ logs, signers, witnessed, now, log }: WitnessParts) =>
  (body: string): Answer => {
    const read = readBrought(body, logs)
    if (E.isLeft(read)) {
      log.warn(read.left, 'a checkpoint is refused')
      return { _tag: 'Refused', ...read.left }
    }
    const brought = read.right
    const { origin, size, root } = brought.checkpoint
    const originHash = hash('sha256', origin)
    const answer = witnessed.update<Answer>({ text: origin, hash: originHash }, (seen) => {
      const hindrance = goesOn(brought, seen)
      if (hindrance === null) {
        const { lines, note } = cosign(brought, signers, now())
        return { answer: { _tag: 'Cosigned', lines }, cosigned: { size, root, note } }
      }
      const refusal: Answer =
        'size' in hindrance
          ? { _tag: 'Conflict', size: hindrance.size }
          : 'unproven' in hindrance
            ? { _tag: 'Refused', status: 403, reason: hindrance.unproven, origin }
            : { _tag: 'Refused', status: 422, reason: hindrance.contradiction, origin }
      return { answer: refusal, cosigned: null }
    })
    if (answer._tag === 'Cosigned') log.info({ origin, size }, 'cosigned')
    if (answer._tag === 'Refused' && answer.status === 403)
      log.warn({ origin, reason: answer.reason }, 'a checkpoint is refused')
    if (answer._tag === 'Refused' && answer.status === 422)
      tellContradiction(log, brought, witnessed.noteOf(originHash), answer.reason)
    return answer
  }
