import express, { type RequestHandler, type Response } from 'express'
import type { Routes } from '../http/app.ts'
import { NOT_KEPT } from '../http/headers.ts'
import { onlyMethods } from '../http/methods.ts'
import { type Answer, addCheckpoint, type WitnessParts } from './witness.ts'

/** The largest submission that is read, as said by the problem document for a larger one. */
const LARGEST_BODY_BYTES = 1024 * 1024

/** The type that C2SP tlog-witness gives to the size in a 409. */
const SIZE_TYPE = 'text/x.tlog.size'

const textOf = (body: unknown): string | null => {
  if (!Buffer.isBuffer(body)) return ''
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)
  } catch {
    return null
  }
}

/** A type with parameters would be another one: Express adds some to texts. */
const sendSize = (res: Response, size: number): void => {
  res.status(409).setHeader('Content-Type', SIZE_TYPE)
  res.end(`${size}\n`)
}

const send = (res: Response, answer: Answer): void => {
  res.set(NOT_KEPT)
  switch (answer._tag) {
    case 'Cosigned':
      return void res.type('text/plain').send(answer.lines)
    case 'Conflict':
      return sendSize(res, answer.size)
    case 'Refused':
      return void res.status(answer.status).type('text/plain').send(`${answer.reason}\n`)
    default:
      return answer satisfies never
  }
}

const take = (parts: WitnessParts): RequestHandler => {
  const add = addCheckpoint(parts)
  return (req, res) => {
    const body = textOf(req.body)
    if (body === null) {
      return send(res, { _tag: 'Refused', status: 400, reason: 'the submission is not in UTF-8', origin: null })
    }
    send(res, add(body))
  }
}

const newest =
  ({ witnessed }: WitnessParts): RequestHandler<{ readonly originHash: string }> =>
  (req, res) => {
    const note = witnessed.noteOf(req.params.originHash)
    res.set(NOT_KEPT).type('text/plain')
    if (note === null) res.status(404).send('nothing of that log was ever cosigned here\n')
    else res.send(note)
  }

/**
 * `POST /add-checkpoint`, `GET /<SHA-256 of the origin>/checkpoint` (C2SP tlog-witness), `GET /health/live` and `/health/ready`.
 * What the protocol refuses is answered with a sentence; what is no request of it, with a problem document.
 */
export const witnessRoutes =
  (parts: WitnessParts): Routes =>
  (app) => {
    const readable = onlyMethods('GET', 'HEAD')
    const readBody = express.raw({ type: () => true, limit: LARGEST_BODY_BYTES })
    app.route('/add-checkpoint').post(readBody, take(parts)).all(onlyMethods('POST'))
    app.route('/:originHash/checkpoint').get(newest(parts)).all(readable)
    app
      .route('/health/live')
      .get((_req, res) => {
        res.set(NOT_KEPT).json({ status: 'live' })
      })
      .all(readable)
    app
      .route('/health/ready')
      .get((_req, res) => {
        try {
          parts.witnessed.expectWritable()
          res.set(NOT_KEPT).json({ status: 'ready' })
        } catch {
          res.status(503).set(NOT_KEPT).json({ status: 'not ready', witnessed: 'cannot be written' })
        }
      })
      .all(readable)
  }
