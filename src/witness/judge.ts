import * as E from 'fp-ts/lib/Either.js'
import { type Checkpoint, formatCheckpoint, parseCheckpoint } from '../tlog/checkpoint.ts'
import { EMPTY_ROOT, type Hash } from '../tlog/hash.ts'
import type { VerifierKey } from '../tlog/keys.ts'
import { type NoteSignature, parseNote } from '../tlog/note.ts'
import { parseSubmission } from '../tlog/submission.ts'
import { coversLines, verifyCheckpoint } from '../tlog/verifyCheckpoint.ts'
import { isConsistent } from '../tlog/verifyProof.ts'

/** What a witness has last cosigned of a log; of one that it has never heard of, the empty tree. */
export interface Seen {
  readonly size: number
  readonly root: Hash
  /** How many users were erased, as it said. */
  readonly erased: number
}

export const NOTHING_SEEN: Seen = { size: 0, root: EMPTY_ROOT, erased: 0 }

/** A checkpoint that a watched log has signed, brought with a proof; whether it goes on from what was seen is not said. */
export interface Brought {
  readonly old: number
  readonly proof: readonly Hash[]
  readonly checkpoint: Checkpoint
  /** Those of its signatures that are by keys of the log. */
  readonly signatures: readonly NoteSignature[]
  /** Whether one of them covers how many users were erased. */
  readonly isErasedSigned: boolean
}

/** Why a checkpoint is not cosigned, as the status of the answer (C2SP tlog-witness, add-checkpoint) and in words. */
export interface Refused {
  readonly status: 400 | 403 | 404 | 422
  readonly reason: string
  /** Of which log it is said to be, as far as that was read. */
  readonly origin: string | null
}

/** As much of an origin that anybody may have sent as a line of the log takes. */
const MOST_TOLD = 100

const refused = (status: Refused['status'], reason: string, origin: string | null = null) =>
  E.left({ status, reason, origin: origin?.slice(0, MOST_TOLD) ?? null })

/** Whether what is brought can be read, is of a log that is watched, and is signed by it. */
export const readBrought = (
  body: string,
  logs: ReadonlyMap<string, readonly VerifierKey[]>,
): E.Either<Refused, Brought> => {
  const submission = parseSubmission(body)
  if (E.isLeft(submission)) return refused(400, `the submission cannot be read: ${submission.left}`)
  const { old, proof, note } = submission.right
  const parsed = parseNote(note)
  if (E.isLeft(parsed)) return refused(400, `the checkpoint is no signed note: ${parsed.left}`)
  const { text, signatures } = parsed.right
  const checkpoint = parseCheckpoint(text)
  if (E.isLeft(checkpoint)) return refused(400, `the note is no checkpoint: ${checkpoint.left}`)
  if (formatCheckpoint(checkpoint.right) !== text) {
    return refused(400, 'the checkpoint has lines that not every signature would cover')
  }
  const { origin } = checkpoint.right
  const keys = logs.get(origin)
  if (keys === undefined) return refused(404, 'this witness does not watch the log of that origin', origin)
  const verified = verifyCheckpoint(note, keys)
  if (E.isLeft(verified)) return refused(403, `the checkpoint is not signed by its log: ${verified.left}`, origin)
  const isErasedSigned = coversLines(verified.right.signed)
  if (checkpoint.right.erased !== undefined && !isErasedSigned) {
    return refused(403, 'its line on erased users is not signed by its log', origin)
  }
  if (old > checkpoint.right.size) return refused(400, 'the old size is larger than that of the checkpoint', origin)
  // One a key: whoever has a checkpoint could otherwise fill the note that monitors get until no reader takes it.
  const ofLog = keys.flatMap((key) => {
    const by = signatures.find(({ name, keyId }) => key.name === name && key.keyId.equals(keyId))
    return by === undefined ? [] : [by]
  })
  return E.right({ old, proof, checkpoint: checkpoint.right, signatures: ofLog, isErasedSigned })
}

/** Why it does not go on: from which size it should have, what contradicts what was seen, or what is not signed of it. */
type Hindrance = { readonly size: number } | { readonly contradiction: string } | { readonly unproven: string }

/** Whether it goes on from what was seen: `null`, or why not. */
export const goesOn = ({ old, proof, checkpoint, isErasedSigned }: Brought, seen: Seen): Hindrance | null => {
  if (old !== seen.size) return { size: seen.size }
  const { erased = 0 } = checkpoint
  if (erased < seen.erased) {
    const what = `it counts ${erased} erased users, and this witness has seen ${seen.erased}`
    return isErasedSigned ? { contradiction: what } : { unproven: what }
  }
  if (checkpoint.size === 0 && !checkpoint.root.equals(EMPTY_ROOT)) {
    return { contradiction: 'the root is not the one of the empty tree' }
  }
  if (isConsistent(seen, checkpoint, proof)) return null
  return {
    contradiction:
      checkpoint.size === seen.size
        ? `this witness has seen another root of the tree of size ${seen.size}, or the proof is not empty`
        : `the proof does not show that the tree begins with the one of size ${seen.size} that this witness has seen`,
  }
}
