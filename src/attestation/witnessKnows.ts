import { hash } from 'node:crypto'
import * as E from 'fp-ts/lib/Either.js'
import type { Witness } from '../config/witnesses.ts'
import { type Checkpoint, formatCheckpoint } from '../tlog/checkpoint.ts'
import { EMPTY_ROOT } from '../tlog/hash.ts'
import type { VerifierKey } from '../tlog/keys.ts'
import { formatNote } from '../tlog/note.ts'
import type { Signer } from '../tlog/sign.ts'
import { verifyCheckpoint } from '../tlog/verifyCheckpoint.ts'
import { exchange, type Patience } from './exchange.ts'
import { type Refused, submit, type Unreachable } from './witnessAnswer.ts'

/** What a witness knows of a log. */
export type WitnessKnows =
  | {
      readonly _tag: 'Knows'
      /** How many leaves the tree has that it has cosigned, as it says; 0: it knows nothing. */
      readonly size: number
      /** What it shows for that: a checkpoint of the log, signed by log and witness. It may be of an earlier tree. */
      readonly shown: { readonly checkpoint: Checkpoint; readonly note: string } | null
    }
  | Refused
  | Unreachable

const isBySome = (keys: readonly VerifierKey[], by: VerifierKey): boolean => keys.includes(by)

/** The checkpoint that it gives to monitors, where it is the log's and its own. */
const shownBy = async (witness: Witness, origin: string, logKeys: readonly VerifierKey[], patience: Patience) => {
  const answered = await exchange(`${witness.url}/${hash('sha256', origin)}/checkpoint`, { method: 'GET' }, patience)
  if (E.isLeft(answered) || answered.right.status !== 200) return null
  const note = answered.right.body.toString('utf8')
  const verified = verifyCheckpoint(note, [...logKeys, ...witness.keys])
  if (E.isLeft(verified)) return null
  const { checkpoint, signed } = verified.right
  const hasBoth = [logKeys, witness.keys].every((keys) => signed.some(({ by }) => isBySome(keys, by)))
  return hasBoth && checkpoint.origin === origin ? { checkpoint, note } : null
}

/**
 * Asks a witness how large the log was when it last cosigned. It is brought the empty tree, which every log begins with, so that
 * what it knows never changes: it answers with the size that it knows, or cosigns nothing. `signers`: of the log; `at`: in
 * seconds since 1970.
 */
export const witnessKnows = async (
  witness: Witness,
  { origin, signers, at }: { readonly origin: string; readonly signers: readonly Signer[]; readonly at: number },
  patience: Patience = {},
): Promise<WitnessKnows> => {
  const empty = { origin, size: 0, root: EMPTY_ROOT }
  const note = formatNote({ text: formatCheckpoint(empty), signatures: signers.map(({ sign }) => sign(empty, at)) })
  const answer = await submit(witness, { old: 0, proof: [], note }, patience)
  switch (answer._tag) {
    case 'Cosigned':
      return { _tag: 'Knows', size: 0, shown: null }
    case 'Conflict': {
      const logKeys = signers.map(({ verifier }) => verifier)
      const shown = await shownBy(witness, origin, logKeys, patience)
      return { _tag: 'Knows', size: Math.max(answer.size, shown?.checkpoint.size ?? 0), shown }
    }
    default:
      return answer
  }
}
