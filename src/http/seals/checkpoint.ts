import type { RequestHandler } from 'express'
import * as E from 'fp-ts/lib/Either.js'
import { answerText } from '../answerText.ts'
import { ASKED_EACH_TIME } from '../headers.ts'
import { problem } from '../problem.ts'
import { queryOf } from '../query.ts'
import { newestCheckpoint, type SealSources } from './sources.ts'

const nothing = queryOf({})

/** `GET /checkpoint`: the newest one, with what witnesses have signed (C2SP tlog-tiles). */
export const checkpoint =
  (sources: SealSources): RequestHandler =>
  (req, res) => {
    const parameters = nothing(req)
    if (E.isLeft(parameters)) return problem(res, 'bad-parameter', parameters.left)
    const latest = newestCheckpoint(sources, res)
    if (latest === null) return
    answerText(res, latest.signed + latest.cosignatures, ASKED_EACH_TIME)
  }

/** `GET /seals/keys`: what the log's signatures are checked with, a verifier key a line. */
export const sealKeys =
  ({ sealed }: SealSources): RequestHandler =>
  (req, res) => {
    const parameters = nothing(req)
    if (E.isLeft(parameters)) return problem(res, 'bad-parameter', parameters.left)
    const lines = sealed.keys().map((key) => `${key}\n`)
    answerText(res, lines.join(''), ASKED_EACH_TIME)
  }
