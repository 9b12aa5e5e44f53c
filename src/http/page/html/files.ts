import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { RequestHandler } from 'express'
import type { Routes } from '../../app.ts'
import { ASKED_EACH_TIME } from '../../headers.ts'
import { onlyMethods } from '../../methods.ts'

/** The style sheets of all pages, in this order; a page with something of its own has a file beside it. */
const STYLES = ['base', 'parts', 'narrow', 'user', 'health', 'print'].map((name) => `./style/${name}.css`)

const read = (file: string): string => readFileSync(new URL(file, import.meta.url), 'utf8')

/** The same for everybody, and for as long as the process runs: asked about each time, and then not sent again. */
const file = (type: string, text: string): RequestHandler => {
  const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`
  return (req, res) => {
    res.set({ ...ASKED_EACH_TIME, ETag: etag, 'Cross-Origin-Resource-Policy': 'same-origin' })
    const isCurrent = req.headers['if-none-match']?.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag)
    if (isCurrent === true) return void res.status(304).end()
    res.type(type).send(text)
  }
}

/** What pages load beside their text, read once: `GET /page/style.css` and the like. */
export const fileRoutes: Routes = (app) => {
  const readable = onlyMethods('GET', 'HEAD')
  app
    .route('/page/style.css')
    .get(file('css', STYLES.map(read).join('\n')))
    .all(readable)
  app
    .route('/page/live.js')
    .get(file('text/javascript', read('../live/live.js')))
    .all(readable)
  app
    .route('/page/icon.svg')
    .get(file('svg', read('./icon.svg')))
    .all(readable)
}
