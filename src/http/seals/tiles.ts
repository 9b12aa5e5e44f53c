import type { RequestHandler } from 'express'
import * as E from 'fp-ts/lib/Either.js'
import { parseTilePath } from '../../tlog/tile.ts'
import { hasTile, isTileOf } from '../../tlog/tileCheck.ts'
import { NEVER_CHANGES } from '../headers.ts'
import { problem } from '../problem.ts'
import { queryOf } from '../query.ts'
import { readingTree, type SealSources, treeDiffers } from './sources.ts'

const PREFIX = '/tile/'

const nothing = queryOf({})

/**
 * `GET /tile/<L>/<N>[.p/<W>]` (C2SP tlog-tiles), of the tree that the newest checkpoint was signed over: what it covers never
 * changes. There are no entry bundles: entries are events of persons.
 */
export const tiles =
  (sources: SealSources): RequestHandler =>
  (req, res) => {
    const parameters = nothing(req)
    if (E.isLeft(parameters)) return problem(res, 'bad-parameter', parameters.left)
    const { sealed } = sources
    const asked = parseTilePath(req.path.slice(PREFIX.length))
    const latest = sealed.latest()
    if (asked === null || latest === null || !hasTile(latest.size, asked)) {
      return problem(res, 'unknown-path', 'there is no such tile')
    }
    const hashes = readingTree(sources, res, () => {
      const found = sealed.tree.tile(asked)
      return found !== null && isTileOf(asked, found, latest, sealed.tree.subtree) ? found : 'other'
    })
    if (hashes === null) return
    if (hashes === 'other') return treeDiffers(sources, res, 'a tile is not the one that was signed')
    res.set(NEVER_CHANGES).type('application/octet-stream').send(hashes)
  }
