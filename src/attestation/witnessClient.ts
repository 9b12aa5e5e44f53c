import * as E from 'fp-ts/lib/Either.js'
import type { Witness } from '../config/witnesses.ts'
import type { Checkpoint } from '../tlog/checkpoint.ts'
import { consistencyProof, type ReadSubtree } from '../tlog/tree.ts'
import type { Patience } from './exchange.ts'
import {
  checkCosignatures,
  type GoodCosignatures,
  type Refused,
  type SubmissionAnswer,
  submit,
  type Unreachable,
} from './witnessAnswer.ts'

/** What a witness says of a checkpoint. */
export type WitnessSays =
  | ({ readonly _tag: 'Agreed' } & GoodCosignatures)
  /**
   * It has cosigned a larger tree, of so many leaves, as it says: another node has sealed since, or the log has lost its end.
   */
  | { readonly _tag: 'KnowsMore'; readonly size: number }
  | Refused
  | Unreachable

/** A checkpoint as it is brought to witnesses: what it says, and the signed note that says it. */
export interface ToWitness {
  readonly checkpoint: Checkpoint
  readonly signed: string
}

/** Brings the checkpoints of one log to one witness, one at a time. */
export interface WitnessClient {
  readonly witness: Witness
  /** Rejects only where the proof cannot be made: `subtree` throws. */
  readonly submit: (sealed: ToWitness, subtree: ReadSubtree, patience?: Patience) => Promise<WitnessSays>
}

/** Remembers which size the witness knows. It is asked twice at most: where it knows another one, once more with that. */
export const witnessClient = (witness: Witness): WitnessClient => {
  let known = 0

  const conclude = (answer: SubmissionAnswer, { checkpoint }: ToWitness): WitnessSays => {
    switch (answer._tag) {
      case 'Cosigned': {
        const good = checkCosignatures(answer.lines, checkpoint, witness)
        if (E.isLeft(good)) return { _tag: 'Refused', status: 200, reason: good.left }
        known = checkpoint.size
        return { _tag: 'Agreed', ...good.right }
      }
      case 'Conflict':
        known = answer.size
        if (answer.size > checkpoint.size) return { _tag: 'KnowsMore', size: answer.size }
        return { _tag: 'Refused', status: 409, reason: 'it knows another size each time that it is asked' }
      default:
        return answer
    }
  }

  return {
    witness,
    submit: async (sealed, subtree, patience = {}) => {
      const { size } = sealed.checkpoint
      const ask = (old: number): Promise<SubmissionAnswer> =>
        submit(witness, { old, proof: consistencyProof(old, size, subtree), note: sealed.signed }, patience)
      const first = await ask(known <= size ? known : 0)
      const again = first._tag === 'Conflict' && first.size <= size ? await ask(first.size) : first
      return conclude(again, sealed)
    },
  }
}
