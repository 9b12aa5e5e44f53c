import type { RequestHandler } from 'express'
import * as E from 'fp-ts/lib/Either.js'
import type { KnownErasures } from '../../erasing/knownErasures.ts'
import { answerJson } from '../answerJson.ts'
import { wholeNumber } from '../parameters.ts'
import { problem } from '../problem.ts'
import { queryOf } from '../query.ts'
import { erasureJson } from './erasureJson.ts'

const PAGE = 100
const PAGE_LIMIT = 1000

const query = queryOf({ after: wholeNumber(0, Number.MAX_SAFE_INTEGER), limit: wholeNumber(1, PAGE_LIMIT) })

/**
 * `GET /erasures`: those that wait for somebody to confirm them, and those that are under way, by their numbers, in pages: whoever is to
 * confirm one sees here what it is. Those of nobody are shown nowhere else.
 */
export const openErasures =
  (known: KnownErasures): RequestHandler =>
  async (req, res) => {
    const parameters = query(req)
    if (E.isLeft(parameters)) return problem(res, 'bad-parameter', parameters.left)
    const { after, limit } = parameters.right
    await known.readOn()
    const most = limit ?? PAGE
    const found = known.courses.open().filter(({ erasure }) => erasure > (after ?? -1))
    const erasures = found.slice(0, most).map(erasureJson)
    const last = erasures.at(-1)?.erasure
    const next = found.length > most ? `/erasures?after=${last}&limit=${most}` : null
    answerJson(res, JSON.stringify({ erasures, next }))
  }
