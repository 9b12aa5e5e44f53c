import type { RequestHandler } from 'express'
import * as E from 'fp-ts/lib/Either.js'
import { formatHashLines } from '../../tlog/hashLines.ts'
import { consistencyProof, rootHash } from '../../tlog/tree.ts'
import { isConsistent } from '../../tlog/verifyProof.ts'
import { answerText } from '../answerText.ts'
import { NEVER_CHANGES } from '../headers.ts'
import { wholeNumber } from '../parameters.ts'
import { problem } from '../problem.ts'
import { queryOf } from '../query.ts'
import { newestCheckpoint, readingTree, type SealSources, treeDiffers } from './sources.ts'

const aSize = wholeNumber(0, Number.MAX_SAFE_INTEGER)

const query = queryOf({ from: aSize, to: aSize })

/**
 * `GET /seals/consistency?from=&to=`: what shows that the tree of `to` leaves begins with all those of the tree of `from`
 * (RFC 6962, 2.1.2), a hash a line as C2SP tlog-witness has them; empty where `from` is 0 or the same.
 */
export const consistency =
  (sources: SealSources): RequestHandler =>
  (req, res) => {
    const parameters = query(req)
    if (E.isLeft(parameters)) return problem(res, 'bad-parameter', parameters.left)
    const latest = newestCheckpoint(sources, res)
    if (latest === null) return
    const { from, to } = parameters.right
    if (from === null || to === null) return problem(res, 'bad-parameter', 'from and to must be given: sizes of trees')
    if (to > latest.size) return problem(res, 'bad-parameter', 'the newest checkpoint covers no tree of that size')
    if (from > to) return problem(res, 'bad-parameter', 'from must not be larger than to')

    const { subtree } = sources.sealed.tree
    const proof = readingTree(sources, res, () => {
      const earlier = { size: from, root: rootHash(from, subtree) }
      const later = { size: to, root: rootHash(to, subtree) }
      const hashes = consistencyProof(from, to, subtree)
      // The tree of `to` leaves is the signed one's beginning: shown in the same way.
      const signed = isConsistent(later, latest, consistencyProof(to, latest.size, subtree))
      return signed && isConsistent(earlier, later, hashes) ? hashes : 'other'
    })
    if (proof === null) return
    if (proof === 'other') return treeDiffers(sources, res, 'a consistency proof does not lead to the signed root')
    answerText(res, formatHashLines(proof), NEVER_CHANGES)
  }
