import type { Request, RequestHandler } from 'express'
import * as E from 'fp-ts/lib/Either.js'
import type { ReadModel } from '../../../readModel/readModel.ts'

const places = new WeakMap<Request, string | null>()

/** Takes note of what was told by now, before a page is made of it: what changes from there on, the page has to hear. */
export const beginning =
  ({ readModel }: { readonly readModel: Pick<ReadModel, 'reader' | 'position'> }): RequestHandler =>
  (req, _res, next) => {
    const end = readModel.reader()?.changesEnd() ?? E.right(null)
    places.set(req, E.isRight(end) && end.right !== null ? end.right : readModel.position())
    next()
  }

/** Behind which change it was; `undefined` where nobody took note: then the page is as it was made, and stays so. */
export const begunAt = (req: Request): string | null | undefined => places.get(req)
